// What is told of values that a schema would refuse: the field, what is there, what is wanted; and nothing of what may be a secret.
import { SPEC_SCHEMA } from '../../../src/api/generated/ditto-server-schema.ts';
import { faultsAgainst, pruned, quoted, type Schema } from '../../../src/api/schema.ts';

const text: Schema = { type: 'string' };
const two: Schema = { type: 'object', required: ['a'], properties: { a: text, b: { type: 'integer' } } };

const sound: readonly (readonly [what: string, schema: Schema, value: unknown])[] = [
  ['an object with all that is required', two, { a: '' }],
  ['fields that the schema does not know', two, { a: 'x', c: 5 }],
  ['an optional field that is undefined', two, { a: 'x', b: undefined }],
  ['an empty list', { type: 'array', items: two }, []],
  ['a list without a schema of its items', { type: 'array' }, [1, 'a']],
  ['a number for a number or text', { type: 'int-or-string', pattern: '^a$' }, 5],
  ['the least and the most', { type: 'array', items: { type: 'integer', minimum: 1, maximum: 2 } }, [1, 2]],
  ['the largest 32-bit number', { type: 'integer', format: 'int32' }, 2 ** 31 - 1],
  ['as many characters as may be, though some are two units', { type: 'string', maxLength: 2 }, '😀😀'],
  ['a time', { type: 'string', format: 'date-time' }, '2026-01-31T12:00:00Z'],
  ['a word of a list of words', { type: 'string', enum: ['A', 'B'] }, 'B'],
];

test.each(sound)('has nothing against %s', (_, schema, value) => {
  expect(faultsAgainst(schema, value, 'spec')).toEqual([]);
});

const faults: readonly (readonly [what: string, schema: Schema, value: unknown, fault: string])[] = [
  ['nothing', two, undefined, 'type: spec is nothing, but must be an object with fields'],
  ['null', two, null, 'type: spec is null, but must be an object with fields'],
  ['a list for an object', two, [], 'type: spec is a list, but must be an object with fields'],
  ['an object for a list', { type: 'array' }, {}, 'type: spec is an object, but must be a list'],
  ['a number for text', text, 5, 'type: spec is 5, but must be text'],
  ['text for a number', { type: 'number' }, '5', 'type: spec is "5", but must be a number'],
  ['a fraction for a whole number', { type: 'integer' }, 0.5, 'type: spec is 0.5, but must be a whole number'],
  ['text for true', { type: 'boolean' }, 'true', 'type: spec is "true", but must be true or false'],
  ['true for a number or text', { type: 'int-or-string' }, true, 'type: spec is true, but must be a number or text'],
  ['a field that is missing', two, {}, 'missing: spec.a is missing: set it'],
  ['a field of a wrong type', two, { a: 'x', b: 'y' }, 'type: spec.b is "y", but must be a whole number'],
  ['an item of a list', { type: 'array', items: text }, ['x', 1], 'type: spec[1] is 1, but must be text'],
  ['a field of a map', { type: 'object', additionalProperties: text }, { x: 1 }, 'type: spec.x is 1, but must be text'],
  ['another word', { type: 'string', enum: ['A', 'B'] }, 'C', 'value: spec is "C", but must be one of A, B'],
  ['no text', { type: 'string', minLength: 1 }, '', 'value: spec is "", but must not be empty'],
  ['too short text', { type: 'string', minLength: 2 }, 'x', 'value: spec is "x", but must have at least 2 characters'],
  ['too long text', { type: 'string', maxLength: 1 }, 'xy', 'value: spec is "xy", but must have at most 1 characters'],
  ['text of another form', { type: 'string', pattern: '^a$' }, 'b', 'value: spec is "b", but must match ^a$'],
  ['what is no time', { type: 'string', format: 'date-time' }, 'now', 'value: spec is "now", but must be a time such as'],
  ['too small a number', { type: 'integer', minimum: 1 }, 0, 'value: spec is 0, but must be at least 1'],
  ['too large a number', { type: 'integer', maximum: 1 }, 2, 'value: spec is 2, but must be at most 1'],
  ['more than 32 bits', { type: 'integer', format: 'int32' }, 2 ** 31, 'value: spec is 2147483648, but must be at most 2147483647'],
  ['more than one line', { type: 'integer' }, 'a\nb', 'type: spec is "a\\nb", but'],
]; // prettier-ignore

test.each(faults)('tells %s', (_, schema, value, fault) => {
  const told = faultsAgainst(schema, value, 'spec').map(({ kind, message }) => `${kind}: ${message}`);
  expect(told).toEqual([expect.stringContaining(fault)]);
});

test('cuts long text, and says how long it is', () => {
  const message = quoted('spec.image', 'x'.repeat(1_000));
  expect(message).toMatch(/^"x{59}… \(1002 characters\)$/);
});

test('leaves out null and what the schema does not know, and keeps values of a wrong type', () => {
  expect(pruned(two, { a: null, b: 'x', c: 1 })).toEqual({ b: 'x' });
  expect(pruned({ type: 'array', items: two }, [{ c: 1 }, 'x'])).toEqual([{}, 'x']);
  const strange: unknown = JSON.parse('{"a":"x","__proto__":{"c":1},"constructor":1}');
  expect(Object.getOwnPropertyNames(pruned(two, strange))).toEqual(['a']);
});

/** Paths of all fields of the specification that are about secrets, and of those below them. */
function nearSecrets(schema: Schema, path: string): readonly string[] {
  const inner = [
    ...Object.entries(schema.properties ?? {}).flatMap(([field, one]) => nearSecrets(one, `${path}.${field}`)),
    ...(schema.items ? nearSecrets(schema.items, `${path}[0]`) : []),
    ...(schema.additionalProperties ? nearSecrets(schema.additionalProperties, `${path}.x`) : []),
  ];
  return /secret|password|token|key/i.test(path) ? [path, ...inner] : inner;
}

const confidential = nearSecrets(SPEC_SCHEMA, 'spec');

test.each(confidential.map((path) => [path]))('%s: what is there is not shown (C3)', (path) => {
  for (const value of ['hunter2', 's3cr/et=', 'x'.repeat(1_000), 4711, true, { hunter2: 'x' }, ['hunter2']])
    expect(quoted(path, value)).toMatch(/^(text|a number|a boolean) \(not shown here\)$|^a list$|^an object$/);
  expect(quoted(path, '')).toBe('""');
});

test('all references to Secrets are among them', () => {
  expect(confidential).toEqual(
    expect.arrayContaining(['spec.identity.jwt.secretRef.key', 'spec.identity.admin.passwordSecretRef']),
  );
});
