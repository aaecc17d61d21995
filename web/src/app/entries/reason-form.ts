/** Asks for a reason before something is taken back, and puts the cursor where it is to be written. */
import {
  afterNextRender,
  ChangeDetectionStrategy,
  Component,
  type ElementRef,
  input,
  output,
  viewChild,
} from '@angular/core';
import { FormControl, ReactiveFormsModule, Validators } from '@angular/forms';
import { MatButtonModule } from '@angular/material/button';
import { MatFormFieldModule } from '@angular/material/form-field';
import { MatInputModule } from '@angular/material/input';
import { TranslocoDirective } from '@jsverse/transloco';

const REASON_MAX = 512;

@Component({
  selector: 'fx-reason-form',
  imports: [MatButtonModule, MatFormFieldModule, MatInputModule, ReactiveFormsModule, TranslocoDirective],
  template: `
    <form *transloco="let t" (submit)="give($event)" (keydown.escape)="cancelled.emit()">
      <p><strong>{{ heading() }}</strong><br /><span class="soft small">{{ what() }}</span></p>
      <mat-form-field appearance="outline">
        <mat-label>{{ label() }}</mat-label>
        <input #field matInput name="reason" autocomplete="off" [formControl]="reason" />
        @if (reason.invalid) {<mat-error>{{ t('entries.reasonMissing') }}</mat-error>}
      </mat-form-field>
      <div class="actions">
        <button matButton="filled" type="submit">{{ action() }}</button>
        <button matButton type="button" (click)="cancelled.emit()">{{ t('entries.cancel') }}</button>
      </div>
    </form>
  `,
  styles: 'form { display: grid; gap: 0.75rem; max-width: 34rem; } strong { font-weight: 600; }',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class ReasonForm {
  readonly heading = input.required<string>();
  readonly what = input.required<string>();
  readonly label = input.required<string>();
  readonly action = input.required<string>();
  readonly given = output<string>();
  readonly cancelled = output();
  private readonly field = viewChild<ElementRef<HTMLInputElement>>('field');
  protected readonly reason = new FormControl('', {
    nonNullable: true,
    validators: [Validators.required, Validators.pattern(/\S/), Validators.maxLength(REASON_MAX)],
  });

  constructor() {
    afterNextRender(() => this.field()?.nativeElement.focus());
  }

  protected give(event: Event): void {
    event.preventDefault();
    this.reason.markAsTouched();
    if (this.reason.valid) this.given.emit(this.reason.value.trim());
  }
}
