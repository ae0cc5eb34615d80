// Schedules as the operator of the database reads them.
import { cronFault } from '../../../src/requirements/cron.ts';

test.each([
  '0 2 * * *',
  '*/5 * * * *',
  '0-30/10 2,14 1-15 * 1-5',
  '30 3-23 * * *',
  '0 0 1 JAN sun',
  '0 0 ? * 0',
  '  0 2 * * *',
  '@daily',
  '@hourly',
  '@every 1h30m',
])('%s is a schedule', (text) => {
  expect(cronFault(text)).toBeUndefined();
});

test.each<[string, string]>([
  ['not a cron', '3 fields'],
  ['0 2 * *', '4 fields'],
  ['0 0 2 * * *', '6 fields'],
  ['60 2 * * *', 'minute'],
  ['0 24 * * *', 'hour'],
  ['0 2 0 * *', 'day of month'],
  ['0 2 * 13 *', 'month'],
  ['0 2 * * 7', 'day of week'],
  ['0 5-2 * * *', 'hour'],
  ['0 1-2-3 * * *', 'hour'],
  ['*/0 * * * *', 'minute'],
  ['*/5/5 * * * *', 'minute'],
  ['a 2 * * *', 'minute'],
  ['1, 2 * * *', 'minute'],
  ['-1 2 * * *', 'minute'],
  ['@nightly', 'no schedule'],
  ['@every', 'no schedule'],
  ['', 'shorter'],
  ['@hour', 'shorter'],
])('"%s" is none: %s', (text, why) => {
  expect(cronFault(text)).toContain(why);
});
