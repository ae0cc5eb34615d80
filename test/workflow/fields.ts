// Fields of an object by their path ("/spec/replicas", "/" in a key as "~1"): what the stand-in for the API server counts ownership in,
// and what JSON patches address.

export type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const keysOf = (path: string): string[] =>
  path
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));

/** Path → value of every leaf; a list is one leaf. */
export function leaves(value: unknown, path = ''): ReadonlyMap<string, unknown> {
  if (!isObject(value) || Object.keys(value).length === 0) return new Map([[path, value]]);
  return new Map(
    Object.entries(value).flatMap(([key, inner]) => [
      ...leaves(inner, `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`),
    ]),
  );
}

/** The value at a path; undefined when there is none. Lists are indexed by number. */
export function valueAt(object: unknown, path: string): unknown {
  return keysOf(path).reduce<unknown>(
    (at, key) => (typeof at === 'object' && at !== null ? (at as Json)[key] : undefined),
    object,
  );
}

/** Sets a value in place, with the objects on the way to it. */
export function setAt(object: Json, path: string, value: unknown): void {
  const keys = keysOf(path);
  const last = keys.pop() ?? '';
  const parent = keys.reduce<Json>((at, key) => (at[key] ??= {}) as Json, object);
  if (Array.isArray(parent) && last === '-') parent.push(value);
  else parent[last] = value;
}

/** Removes a value in place, with the objects around it that become empty. */
export function removeAt(object: Json, path: string): void {
  const keys = keysOf(path);
  const last = keys.pop() ?? '';
  const parentPath = path.slice(0, path.lastIndexOf('/'));
  const parent = valueAt(object, parentPath);
  if (Array.isArray(parent)) parent.splice(Number(last), 1);
  if (!isObject(parent)) return;
  Reflect.deleteProperty(parent, last);
  if (keys.length > 1 && Object.keys(parent).length === 0) removeAt(object, parentPath);
}
