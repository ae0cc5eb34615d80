// Reads the API server's audit log: who wrote what, in which order, with which result.
import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';

/**
 * Every write is logged with who, what and the result; with the object as it was stored only where no secret value can be in
 * it: a PerconaPGCluster, whose status tells when its database was ready.
 */
export const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived', 'ResponseStarted'],
  omitManagedFields: true,
  rules: [
    { level: 'None', resources: [{ group: 'coordination.k8s.io', resources: ['leases'] }] },
    {
      level: 'RequestResponse',
      verbs: ['create', 'update', 'patch'],
      resources: [{ group: 'pgv2.percona.com', resources: ['perconapgclusters', 'perconapgclusters/status'] }],
    },
    { level: 'Metadata', verbs: ['create', 'update', 'patch', 'delete', 'deletecollection'] },
    { level: 'None' },
  ],
} as const;

/** One write request. Whether it changed anything the log does not tell: an apply that changes nothing is here too. */
export interface Write {
  readonly at: Date;
  readonly user: string;
  readonly verb: 'create' | 'update' | 'patch' | 'delete' | 'deletecollection';
  /** Plural, such as `statefulsets`. */
  readonly resource: string;
  readonly subresource: string | undefined;
  readonly group: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  /** HTTP status of the answer. */
  readonly code: number;
  readonly dryRun: boolean;
  readonly fieldManager: string | undefined;
  /** The object as it was stored; only of a PerconaPGCluster. */
  readonly stored?: unknown;
}

export interface WriteFilter {
  readonly user?: string;
  readonly namespace?: string;
  /** Plural, such as `statefulsets`. */
  readonly resource?: string;
  /** Only writes that began at or after this time. */
  readonly since?: Date;
}

interface AuditEvent {
  readonly verb: Write['verb'];
  readonly user: { readonly username: string };
  readonly requestURI: string;
  readonly objectRef?: {
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
    readonly apiGroup?: string;
  };
  readonly responseStatus?: { readonly code?: number };
  readonly requestReceivedTimestamp: string;
  readonly responseObject?: unknown;
}

/**
 * The writes in the order in which the API server answered them, leases left out. A write is in the log before its
 * answer reaches the client.
 */
export function readWrites(auditLog: string, filter: WriteFilter = {}): readonly Write[] {
  return writesIn(readFileSync(auditLog, 'utf8').split('\n').slice(0, -1)).filter((write) => matches(write, filter));
}

/** The writes since `followWrites` was called, read on from where the last call ended. */
export type FollowedWrites = (filter?: WriteFilter) => readonly Write[];

/** Follows a log from its present end, for who asks often: only what is new is read. */
export function followWrites(auditLog: string): FollowedWrites {
  let position = statSync(auditLog).size;
  let rest = Buffer.alloc(0);
  const writes: Write[] = [];
  return (filter = {}) => {
    const read = readFrom(auditLog, position);
    position += read.length;
    const bytes = Buffer.concat([rest, read]);
    const end = bytes.lastIndexOf('\n') + 1;
    rest = bytes.subarray(end);
    writes.push(...writesIn(bytes.subarray(0, end).toString().split('\n').slice(0, -1)));
    return writes.filter((write) => matches(write, filter));
  };
}

function readFrom(file: string, position: number): Buffer {
  const buffer = Buffer.alloc(Math.max(0, statSync(file).size - position));
  const handle = openSync(file, 'r');
  try {
    return buffer.subarray(0, readSync(handle, buffer, 0, buffer.length, position));
  } finally {
    closeSync(handle);
  }
}

/** What follows the last line feed is still being written, and is no line yet. */
function writesIn(lines: readonly string[]): Write[] {
  return lines.map((line) => toWrite(JSON.parse(line) as AuditEvent));
}

function toWrite(event: AuditEvent): Write {
  const { resource = '', subresource, namespace, name, apiGroup = '' } = event.objectRef ?? {};
  const query = new URL(event.requestURI, 'http://api').searchParams;
  return {
    at: new Date(event.requestReceivedTimestamp),
    user: event.user.username,
    verb: event.verb,
    resource,
    subresource,
    group: apiGroup,
    namespace,
    name,
    code: event.responseStatus?.code ?? 0,
    dryRun: query.has('dryRun'),
    fieldManager: query.get('fieldManager') ?? undefined,
    ...(event.responseObject === undefined ? {} : { stored: event.responseObject }),
  };
}

function matches(write: Write, { user, namespace, resource, since }: WriteFilter): boolean {
  return (
    (user === undefined || write.user === user) &&
    (namespace === undefined || write.namespace === namespace) &&
    (resource === undefined || write.resource === resource) &&
    (since === undefined || write.at >= since)
  );
}
