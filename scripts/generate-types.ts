// Makes the TypeScript types of a DittoServer out of its CRD: plain interfaces with doc comments, no run-time code.
//   node scripts/generate-types.ts           writes src/api/generated/ditto-server.ts
//   node scripts/generate-types.ts --check   ends with exit code 1 if that file is not what the CRD says
import { readFileSync, writeFileSync } from 'node:fs';
import { compile } from 'json-schema-to-typescript';
import { format } from 'prettier';
import { parse } from 'yaml';

/** Relative to the project's folder, where scripts run. */
const CRD_FILE = 'deploy/crd/dittoserver.yaml';
const TYPES_FILE = 'src/api/generated/ditto-server.ts';

const BANNER = `// Types of a DittoServer as it is stored: generated from ${CRD_FILE} by scripts/generate-types.ts; do not edit.
import type { ObjectMeta } from '../kubernetes.ts';
import type { SecretKeySelector } from '../secret-key-selector.ts';
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

/**
 * The text of the generated file.
 *
 * @throws Error if the CRD has no storage version.
 */
async function dittoServerTypes(crdText: string): Promise<string> {
  const crd = parse(crdText) as Crd;
  const version = crd.spec.versions.find(({ storage }) => storage);
  if (version === undefined) throw new Error(`${CRD_FILE} has no storage version`);
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
  return format(text.replaceAll(/^(\s*)((?:\w+\??|\[k: string\]): )/gm, '$1readonly $2'), {
    parser: 'typescript',
    printWidth: 120,
    singleQuote: true,
  });
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

const generated = await dittoServerTypes(readFileSync(CRD_FILE, 'utf8'));
if (!process.argv.includes('--check')) {
  writeFileSync(TYPES_FILE, generated);
} else if (readFileSync(TYPES_FILE, 'utf8') !== generated) {
  console.error(`${TYPES_FILE} is not what ${CRD_FILE} says: run "node scripts/generate-types.ts"`);
  process.exitCode = 1;
}
