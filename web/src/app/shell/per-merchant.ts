/** A page of one merchant never becomes that of another: it would keep what was typed, counted and filled in there. */
import { Service } from '@angular/core';
import { type ActivatedRouteSnapshot, BaseRouteReuseStrategy } from '@angular/router';

@Service()
export class PerMerchant extends BaseRouteReuseStrategy {
  override shouldReuseRoute(next: ActivatedRouteSnapshot, now: ActivatedRouteSnapshot): boolean {
    return super.shouldReuseRoute(next, now) && next.params['merchantId'] === now.params['merchantId'];
  }
}
