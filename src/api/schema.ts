// Checks stored data against a structural schema, as the API server does at admission: an object that was stored under another schema,
// or under none, has never been checked, and the API server hands it out all the same.

/** The part of an OpenAPI v3 schema that is checked. */
export interface Schema {
  readonly type: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean' | 'int-or-string';
  readonly format?: 'int32' | 'int64' | 'date-time';
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  /** In characters. */
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
}

/** What is wrong with one field. */
export interface SchemaFault {
  /** `type`: nothing can be made of the value at all. */
  readonly kind: 'type' | 'missing' | 'value';
  /** A sentence that begins with the path of the field. */
  readonly message: string;
}

const LONGEST_QUOTE = 60;
const INT32 = 2 ** 31;

const TYPE_NAMES: Readonly<Record<Schema['type'], string>> = {
  object: 'an object with fields',
  array: 'a list',
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  'int-or-string': 'a number or text',
};

/** Fields that tell where a secret value is: whoever takes them wrongly puts the value itself there. */
const NEAR_SECRETS = /secret|password|token|key/i;

/** A value of which nothing may be shown. */
function unshown(value: unknown): string {
  return typeof value === 'string' ? 'text (not shown here)' : `a ${typeof value} (not shown here)`;
}

/**
 * A value as a message may quote it: on one line, and cut where it is long. At and below a field that is about secrets it says no more
 * than what kind of value it is, for messages get into status, log and history.
 *
 * @param path of the value, from `spec` on
 */
export function quoted(path: string, value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  if (NEAR_SECRETS.test(path) && value !== '' && value !== null) return unshown(value);
  const text = JSON.stringify(value);
  return text.length <= LONGEST_QUOTE ? text : `${text.slice(0, LONGEST_QUOTE)}… (${text.length} characters)`;
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const TYPE_CHECKS: Readonly<Record<Schema['type'], (value: unknown) => boolean>> = {
  object: isMap,
  array: Array.isArray,
  string: (value) => typeof value === 'string',
  integer: Number.isSafeInteger,
  number: Number.isFinite,
  boolean: (value) => typeof value === 'boolean',
  'int-or-string': (value) => typeof value === 'string' || Number.isFinite(value),
};

function schemaOf({ properties, additionalProperties }: Schema, field: string): Schema | undefined {
  return properties && Object.hasOwn(properties, field) ? properties[field] : additionalProperties;
}

/**
 * The value as the API server would hand it out under this schema: without fields that the schema does not know, and without null,
 * which means the same as leaving out. Values of a wrong type stay, to be told.
 */
export function pruned(schema: Schema, value: unknown): unknown {
  if (schema.type === 'array' && Array.isArray(value)) {
    const { items } = schema;
    return items ? value.map((item) => pruned(items, item)) : value;
  }
  if (schema.type !== 'object' || !isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([field, inner]) => {
      const known = schemaOf(schema, field);
      return known && inner !== null && inner !== undefined ? [[field, pruned(known, inner)]] : [];
    }),
  );
}

/** In characters, of which some are two units of JavaScript's. */
const isLonger = (text: string, limit: number): boolean => text.length > limit && Array.from(text).length > limit;

function textProblem({ pattern, minLength = 0, maxLength = Infinity, format }: Schema, text: string) {
  if (text.length < minLength)
    return minLength === 1 ? 'must not be empty' : `must have at least ${minLength} characters`;
  if (isLonger(text, maxLength)) return `must have at most ${maxLength} characters`;
  if (pattern !== undefined && !new RegExp(pattern).test(text)) return `must match ${pattern}`;
  if (format === 'date-time' && Number.isNaN(Date.parse(text))) return 'must be a time such as 2026-01-31T12:00:00Z';
  return undefined;
}

function numberProblem({ minimum = -Infinity, maximum = Infinity, format }: Schema, number: number) {
  const [least, most] =
    format === 'int32' ? [Math.max(minimum, -INT32), Math.min(maximum, INT32 - 1)] : [minimum, maximum];
  if (number < least) return `must be at least ${least}`;
  return number > most ? `must be at most ${most}` : undefined;
}

function valueProblem(schema: Schema, value: unknown): string | undefined {
  if (schema.enum && !schema.enum.includes(value)) return `must be one of ${schema.enum.map(String).join(', ')}`;
  if (typeof value === 'string') return textProblem(schema, value);
  // A quantity may be written as a number; its pattern is for text.
  return typeof value === 'number' ? numberProblem(schema, value) : undefined;
}

function innerFaults(schema: Schema, value: unknown, path: string): readonly SchemaFault[] {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items ? value.flatMap((item, i) => faultsAgainst(items, item, `${path}[${i}]`)) : [];
  }
  if (!isMap(value)) return [];
  const missing = (schema.required ?? []).filter((field) => value[field] === undefined);
  const inner = Object.entries(value).flatMap(([field, one]) => {
    const known = schemaOf(schema, field);
    return known && one !== undefined ? faultsAgainst(known, one, `${path}.${field.slice(0, LONGEST_QUOTE)}`) : [];
  });
  return [
    ...missing.map((field) => ({ kind: 'missing', message: `${path}.${field} is missing: set it` }) as const),
    ...inner,
  ];
}

/**
 * All that the schema has against a value, in the order of its fields.
 *
 * @param path of the value, for people, e.g. `spec`
 */
export function faultsAgainst(schema: Schema, value: unknown, path: string): readonly SchemaFault[] {
  if (!TYPE_CHECKS[schema.type](value)) {
    return [{ kind: 'type', message: `${path} is ${quoted(path, value)}, but must be ${TYPE_NAMES[schema.type]}` }];
  }
  const problem = valueProblem(schema, value);
  if (problem !== undefined) return [{ kind: 'value', message: `${path} is ${quoted(path, value)}, but ${problem}` }];
  return innerFaults(schema, value, path);
}
