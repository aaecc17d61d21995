/** The same refusals in English. */
import type { Refusals } from './refusals.pt-br.ts';

export const refusalsEn: Refusals = {
  malformed: { what: 'What was sent could not be read.', todo: 'Reload the page and enter it again.' },
  'key-mismatch': { what: 'It arrived under another merchant.', todo: 'Reload the page and enter it again.' },
  'wrong-partition': { what: 'It arrived in the wrong place.', todo: 'Tell whoever operates the system.' },
  'merchant-unknown': {
    what: 'The merchant is not set up yet.',
    todo: 'Save the settings on the Merchant page, then enter it again.',
  },
  'duplicate-mismatch': {
    what: 'Another entry with different content has this id.',
    todo: 'The first one counts. If this happened as well, enter it as a new one.',
  },
  duplicate: {
    what: 'The ledger has something with this id already.',
    todo: 'Look at the day: if it is this one, there is nothing to do; if not, enter it as a new one.',
  },
  'submitted-in-future': { what: 'This device’s clock is ahead.', todo: 'Set the clock and enter it again.' },
  'stale-submission': {
    what: 'It waited on this device for more than 45 days.',
    todo: 'Check whether it was entered some other way; if not, enter it again.',
  },
  'same-account': { what: 'Both accounts are the same.', todo: 'Choose two different ones.' },
  'account-unknown': {
    what: 'The merchant has no such account.',
    todo: 'Choose another, or add it on the Merchant page.',
  },
  'currency-mismatch': {
    what: 'The currency is not the account’s.',
    todo: 'Choose an account in this currency.',
  },
  'amount-out-of-range': {
    what: 'The amount is out of range.',
    todo: 'Use more than zero and at most 10¹² minor units.',
  },
  'direction-mismatch': {
    what: 'This kind does not go that way.',
    todo: 'Change the kind or the direction.',
  },
  'occurred-in-future': {
    what: 'The time is in the future.',
    todo: 'Correct it, or leave it empty for now.',
  },
  'original-unknown': {
    what: 'The original is no longer remembered for reversal.',
    todo: 'Enter a refund or an adjustment instead.',
  },
  'cannot-reverse-reversal': {
    what: 'A reversal cannot be reversed.',
    todo: 'Enter the amount again as an entry.',
  },
  'already-reversed': { what: 'This entry has been reversed already.', todo: 'There is nothing to do.' },
  'day-closed': {
    what: 'The day is closed, and this merchant refuses late entries.',
    todo: 'Reopen the day, or date it on an open one.',
  },
  'backdated-beyond-limit': {
    what: 'The date is further back than late entries may be.',
    todo: 'Date it on a more recent day, or change the limit on the Merchant page.',
  },
  'config-invalid': {
    what: 'The settings cannot hold like this.',
    todo: 'Check zone, cut-off, start date and accounts: the past never changes and accounts never go.',
  },
  'day-not-closable': {
    what: 'This day cannot be closed.',
    todo: 'Only open days up to today can; check the counted accounts as well.',
  },
  'day-not-closed': { what: 'This day is not closed.', todo: 'It needs no reopening.' },
  'balance-overflow': {
    what: 'The balance would exceed the greatest figure kept.',
    todo: 'Check the amount.',
  },
  'body-invalid': { what: 'A field was not accepted.', todo: 'Check the fields and send again.' },
  'parameter-invalid': { what: 'A field was not accepted.', todo: 'Check the fields and send again.' },
  'scope-missing': { what: 'Your account may not do this.', todo: 'Ask somebody who may.' },
  'body-too-large': { what: 'The text is too long.', todo: 'Shorten the description.' },
  'idempotency-key-reused': { what: 'This was sent before with other content.', todo: 'Open a new form.' },
  'name-foreign': {
    what: 'It was made in another person’s name.',
    todo: 'Nothing was done. Ask for it anew, in your own name.',
  },
  'csrf-token-invalid': {
    what: 'The session has changed meanwhile.',
    todo: 'Send it again from here: it never counts twice.',
  },
  'replay-under-way': {
    what: 'Another replay is being tried.',
    todo: 'Wait a few seconds and try again.',
  },
  'replay-too-long': {
    what: 'The partition is too long to be read from here.',
    todo: 'Nothing was sent. Use the command: fluxo rejections replay.',
  },
  'pipeline-unavailable': {
    what: 'Kafka does not answer now.',
    todo: 'Try again: repeating it never counts twice.',
  },
  other: { what: 'It was refused.', todo: 'Check what you entered and try again.' },
};
