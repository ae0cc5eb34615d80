// Makes the TypeScript types of a DittoServer out of its CRD: plain interfaces with doc comments, and the schema of what is stored.
//   node scripts/generate-types.ts           writes src/api/generated/
//   node scripts/generate-types.ts --check   ends with exit code 1 if those files are not what the CRD says
import { readFileSync, writeFileSync } from 'node:fs';
import { compile } from 'json-schema-to-typescript';
import { format } from 'prettier';
import { parse } from 'yaml';

/** Relative to the project's folder, where scripts run. */
const CRD_FILE = 'deploy/crd/dittoserver.yaml';
const TYPES_FILE = 'src/api/generated/ditto-server.ts';
const SCHEMA_FILE = 'src/api/generated/ditto-server-schema.ts';

const BANNER = `// Types of a DittoServer as it is stored: generated from ${CRD_FILE} by scripts/generate-types.ts; do not edit.
import type { ObjectMeta } from '../kubernetes.ts';
import type { SecretKeySelector } from '../secret-key-selector.ts';
`;

const SCHEMA_BANNER = `// The CRD's schema of spec and status, for objects that were stored under another: generated from ${CRD_FILE} by
// scripts/generate-types.ts; do not edit.
import type { Schema } from '../schema.ts';
`;

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly required?: readonly string[];
  readonly description?: string;
  readonly [key: string]: unknown;
}

interface Crd {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly {
      readonly name: string;
      readonly storage: boolean;
      readonly schema: { readonly openAPIV3Schema: Schema };
    }[];
  };
}

const PRETTIER = { parser: 'typescript', printWidth: 120, singleQuote: true } as const;

/** @throws Error if the CRD has no storage version. */
function storedVersion(crd: Crd): Crd['spec']['versions'][number] {
  const version = crd.spec.versions.find(({ storage }) => storage);
  if (version === undefined) throw new Error(`${CRD_FILE} has no storage version`);
  return version;
}

/** The text of the file of types. */
async function dittoServerTypes(crd: Crd): Promise<string> {
  const version = storedVersion(crd);
  const { kind } = crd.spec.names;
  const root = version.schema.openAPIV3Schema;
  const named = {
    ...root,
    required: ['apiVersion', 'kind', 'metadata'],
    properties: {
      apiVersion: { const: `${crd.spec.group}/${version.name}` },
      kind: { const: kind },
      metadata: { tsType: 'ObjectMeta' },
      spec: { ...root.properties?.spec, title: `${kind}Spec` },
      status: { ...root.properties?.status, title: `${kind}Status` },
    },
  };
  const text = await compile(plain(named) as never, kind, {
    bannerComment: BANNER,
    additionalProperties: false,
    // Checked by the API server; as types they would only be tuples in the way.
    ignoreMinAndMaxItems: true,
    format: false,
  });
  return format(text.replaceAll(/^(\s*)((?:\w+\??|\[k: string\]): )/gm, '$1readonly $2'), PRETTIER);
}

/** What of a schema is checked of a stored value; src/api/schema.ts says what each means. */
const CHECKED = ['type', 'format', 'enum', 'pattern', 'minimum', 'maximum', 'minLength', 'maxLength', 'required'];

function checked(schema: Schema): object {
  const each = (schemas: Readonly<Record<string, Schema>>): object =>
    Object.fromEntries(Object.entries(schemas).map(([name, value]) => [name, checked(value)]));
  return {
    ...Object.fromEntries(Object.entries(schema).filter(([key]) => CHECKED.includes(key))),
    ...(schema['x-kubernetes-int-or-string'] === true && { type: 'int-or-string' }),
    ...(schema.items && { items: checked(schema.items) }),
    ...(schema.properties && { properties: each(schema.properties) }),
    ...(typeof schema.additionalProperties === 'object' && {
      additionalProperties: checked(schema.additionalProperties),
    }),
  };
}

/** The text of the file with the schema. */
async function dittoServerSchema(crd: Crd): Promise<string> {
  const { spec, status } = storedVersion(crd).schema.openAPIV3Schema.properties ?? {};
  const constants = Object.entries({ SPEC_SCHEMA: spec, STATUS_SCHEMA: status }).map(
    ([name, schema]) => `export const ${name}: Schema = ${JSON.stringify(checked(schema ?? {}))};\n`,
  );
  return format([SCHEMA_BANNER, ...constants].join('\n'), PRETTIER);
}

/**
 * JSON Schema as the compiler understands it: an int-or-string is a number or a string. Default values are kept out, since
 * the compiler would take a property with one as always present.
 */
function plain(schema: Schema): Schema {
  if (schema['x-kubernetes-int-or-string'] === true) return { tsType: 'number | string' };
  if (isSecretKeySelector(schema)) return { description: schema.description ?? '', tsType: 'SecretKeySelector' };
  return {
    ...Object.fromEntries(Object.entries(schema).filter(([key]) => key !== 'default')),
    ...(schema.items && { items: plain(schema.items) }),
    ...(schema.properties && {
      properties: Object.fromEntries(Object.entries(schema.properties).map(([name, value]) => [name, plain(value)])),
    }),
    ...(typeof schema.additionalProperties === 'object' && {
      additionalProperties: plain(schema.additionalProperties),
    }),
  };
}

function isSecretKeySelector({ properties }: Schema): boolean {
  return (
    Object.keys(properties ?? {})
      .sort()
      .join() === 'key,name,optional'
  );
}

const crd = parse(readFileSync(CRD_FILE, 'utf8')) as Crd;
const generated = { [TYPES_FILE]: await dittoServerTypes(crd), [SCHEMA_FILE]: await dittoServerSchema(crd) };
for (const [file, text] of Object.entries(generated)) {
  if (!process.argv.includes('--check')) {
    writeFileSync(file, text);
  } else if (readFileSync(file, 'utf8') !== text) {
    console.error(`${file} is not what ${CRD_FILE} says: run "node scripts/generate-types.ts"`);
    process.exitCode = 1;
  }
}
