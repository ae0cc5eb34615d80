// Turns types of the API server's OpenAPI v3 document into structural schemas that a CRD can hold, so that fields which
// are plain Kubernetes types are described, checked and merged exactly as in a pod.

/** A node of an OpenAPI document or of a CRD's schema. */
export interface Schema {
  readonly [key: string]: unknown;
}

/** The part of `/openapi/v3/api/v1` that is read. */
export interface OpenApi {
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** A field of the DittoServer that is a plain Kubernetes type. */
export interface CoreField {
  /** Steps from the CRD's root schema. */
  readonly path: readonly string[];
  readonly type: string;
  /** What the field is for here; the descriptions below it are Kubernetes' own. */
  readonly description: string;
}

const CORE = 'io.k8s.api.core.v1.';
const QUANTITY = 'io.k8s.apimachinery.pkg.api.resource.Quantity';

/** Every such field of the DittoServer. */
export const CORE_FIELDS: readonly CoreField[] = [
  {
    path: ['spec', 'resources'],
    type: `${CORE}ResourceRequirements`,
    description:
      'CPU and memory of the DittoFS server. If absent, it asks for 100m and 128Mi and may use 2 CPUs and 1Gi; {} sets none.',
  },
  {
    path: ['spec', 'securityContext'],
    type: `${CORE}SecurityContext`,
    description:
      "Security settings of the server's container. What is not set here is filled in so that the restricted Pod Security Standard is met.",
  },
  {
    path: ['spec', 'podSecurityContext'],
    type: `${CORE}PodSecurityContext`,
    description: 'Security settings of the pod, taken as they are. If absent, fsGroup is 65532; {} sets none.',
  },
  {
    path: ['spec', 'percona', 'resources'],
    type: `${CORE}ResourceRequirements`,
    description: 'CPU and memory of each PostgreSQL instance.',
  },
];

/** A quantity, in the form that CRDs use for it (what controller-gen writes for resource.Quantity). */
const QUANTITY_SCHEMA: Schema = {
  anyOf: [{ type: 'integer' }, { type: 'string' }],
  pattern:
    '^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))))?$',
  'x-kubernetes-int-or-string': true,
};

const KEPT = ['description', 'type', 'format', 'required', 'enum', 'x-kubernetes-list-type', 'x-kubernetes-map-type'];

/**
 * The structural schema of a type: references are inlined; zero-value defaults and union hints, which a CRD cannot hold
 * or must not apply, are left out.
 *
 * @throws Error if the document lacks the type.
 */
export function structuralSchema(openApi: OpenApi, type: string): Schema {
  const schema = openApi.components.schemas[type];
  if (schema === undefined) throw new Error(`the OpenAPI document has no type ${type}`);
  return inline(openApi, schema);
}

function inline(openApi: OpenApi, schema: Schema): Schema {
  const type = referenced(schema);
  if (type === QUANTITY) return QUANTITY_SCHEMA;
  if (type !== undefined) return { ...structuralSchema(openApi, type), ...described(schema) };

  const result: Record<string, unknown> = {};
  for (const key of KEPT) if (schema[key] !== undefined) result[key] = schema[key];
  if (schema['x-kubernetes-list-map-keys'] !== undefined)
    result['x-kubernetes-list-map-keys'] = schema['x-kubernetes-list-map-keys'];
  for (const key of ['items', 'additionalProperties'])
    if (isSchema(schema[key])) result[key] = inline(openApi, schema[key]);
  if (isSchema(schema.properties))
    result.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([name, property]) => [name, inline(openApi, property as Schema)]),
    );
  return result;
}

/** The type that a node stands for: `{$ref}`, or `{allOf: [{$ref}], description}`. */
function referenced(schema: Schema): string | undefined {
  const [first] = Array.isArray(schema.allOf) ? (schema.allOf as readonly Schema[]) : [schema];
  const ref = first?.$ref;
  return typeof ref === 'string' ? ref.slice(ref.lastIndexOf('/') + 1) : undefined;
}

/** The field's own description stands in place of its type's. */
function described(schema: Schema): Schema {
  return typeof schema.description === 'string' ? { description: schema.description } : {};
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
