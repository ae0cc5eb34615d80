// Cron expressions as Percona's operator reads them: five fields, or a name such as @daily. It only logs one that it cannot read, and then
// makes no backups (operator 2.9.0, robfig/cron ParseStandard).

interface Field {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  /** Names that stand for numbers, from `least` on. */
  readonly words?: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

const FIELDS: readonly Field[] = [
  { name: 'minute', least: 0, most: 59 },
  { name: 'hour', least: 0, most: 23 },
  { name: 'day of month', least: 1, most: 31 },
  { name: 'month', least: 1, most: 12, words: MONTHS },
  { name: 'day of week', least: 0, most: 6, words: DAYS },
];

const NAMED = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly'];
const EVERY = /^@every ([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$/;
/** The operator's schema refuses shorter ones. */
const SHORTEST = 6;

/** What is wrong with the expression, as a clause after it; undefined when nothing is. */
export function cronFault(text: string): string | undefined {
  if (text.length < SHORTEST) return `is shorter than ${SHORTEST} characters, which the Percona operator refuses`;
  if (text.startsWith('@'))
    return NAMED.includes(text) || EVERY.test(text) ? undefined : 'is no schedule that has a name';
  const parts = text.split(/\s+/).filter((part) => part !== '');
  if (parts.length !== FIELDS.length) return `has ${parts.length} fields, but five are needed`;
  const wrong = FIELDS.find((field, i) => !isField(parts[i] ?? '', field));
  return wrong && `has a ${wrong.name} that is none`;
}

function isField(text: string, field: Field): boolean {
  return text.split(',').every((part) => isRange(part, field));
}

function isRange(text: string, field: Field): boolean {
  const [range = '', step, ...more] = text.split('/');
  if (more.length > 0 || (step !== undefined && !/^[1-9][0-9]{0,3}$/.test(step))) return false;
  return range === '*' || range === '?' || isSpan(range.split('-'), field);
}

/** One number, or two of which the first is not the greater one. */
function isSpan(ends: readonly string[], field: Field): boolean {
  const numbers = ends.map((one) => numberOf(one, field)).filter((number) => number !== undefined);
  const [from = 0, to = from] = numbers;
  return numbers.length === ends.length && ends.length <= 2 && from <= to;
}

function numberOf(text: string, { least, most, words }: Field): number | undefined {
  const word = words?.indexOf(text.toLowerCase()) ?? -1;
  if (word >= 0) return least + word;
  const number = /^[0-9]{1,2}$/.test(text) ? Number(text) : -1;
  return number >= least && number <= most ? number : undefined;
}
