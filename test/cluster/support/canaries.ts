// Looks for secret values in whatever a program has said, in every form in which a value travels.

/** A secret value under the name by which a finding is told: the value itself is never told. */
export interface Canary {
  readonly name: string;
  readonly value: string;
}

/** Where something was said. */
export interface Place {
  readonly name: string;
  readonly text: string;
}

/** Shorter values would be found by chance. */
const SHORTEST = 8;

/** The forms of a value: as it is, in JSON (also JSON in JSON), in a URL, in base64 alone or in the middle of something. */
function formsOf(value: string): ReadonlyMap<string, string> {
  const inJson = (text: string): string => JSON.stringify(text).slice(1, -1);
  return new Map([
    ['raw', value],
    ['JSON', inJson(value)],
    ['JSON in JSON', inJson(inJson(value))],
    ['URL', encodeURIComponent(value)],
    ['form', new URLSearchParams({ v: value }).toString().slice(2)],
    ['hex', Buffer.from(value).toString('hex')],
    ...[0, 1, 2].map((shift) => [`base64 at ${shift}`, base64At(value, shift)] as const),
    ...[0, 1, 2].map((shift) => [`base64url at ${shift}`, urlSafe(base64At(value, shift))] as const),
    ['base64 of base64', base64At(Buffer.from(value).toString('base64'), 0)],
  ]);
}

/** The characters of base64 that depend on the value alone when `shift` (mod 3) bytes stand before it. */
function base64At(value: string, shift: number): string {
  const bytes = Buffer.concat([Buffer.alloc(shift), Buffer.from(value)]);
  const whole = bytes.subarray(0, bytes.length - (bytes.length % 3)).toString('base64');
  return shift === 0 ? whole : whole.slice(4);
}

const urlSafe = (base64: string): string => base64.replaceAll('+', '-').replaceAll('/', '_');

/** One line per secret value and place where it was found, with the form. */
export function findCanaries(canaries: readonly Canary[], places: readonly Place[]): readonly string[] {
  const short = canaries.filter(({ value }) => value.length < SHORTEST);
  if (short.length > 0) throw new Error(`Too short to be looked for: ${short.map(({ name }) => name).join(', ')}`);
  return canaries.flatMap(({ name, value }) => {
    const forms = [...formsOf(value)];
    return places.flatMap((place) => {
      const found = forms.find(([, form]) => place.text.includes(form));
      return found ? [`${name}, as ${found[0]}, in ${place.name}`] : [];
    });
  });
}

/** Everything that an object of any form holds, as one text: bytes as they are and decoded, so that nothing hides in them. */
export function flatten(value: unknown): string {
  const parts: string[] = [];
  const seen = new Set<object>();
  const visit = (inner: unknown): void => {
    if (inner instanceof Uint8Array) parts.push(Buffer.from(inner).toString('utf8'));
    else if (typeof inner === 'string') parts.push(inner);
    else if (typeof inner === 'object' && inner !== null && !seen.has(inner)) {
      seen.add(inner);
      for (const [key, item] of Object.entries(inner)) {
        parts.push(key);
        visit(item);
      }
    }
  };
  visit(value);
  return parts.join('\n');
}
