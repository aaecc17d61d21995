/** Stub. */
import { Component } from '@angular/core';
@Component({ selector: 'fx-stub', template: '' })
export class MerchantPage {}
