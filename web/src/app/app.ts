/** The root of the page: whatever the address says, once the words of the language are there. */
import { ChangeDetectionStrategy, Component, inject } from '@angular/core';
import { RouterOutlet } from '@angular/router';
import { Theme } from './look/theme.ts';

@Component({
  selector: 'fx-root',
  imports: [RouterOutlet],
  template: '<router-outlet />',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class App {
  constructor() {
    // Made here, so that the theme holds on every page from the first one on.
    inject(Theme);
  }
}
