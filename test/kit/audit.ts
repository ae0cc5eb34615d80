// Reads the API server's audit log: who wrote (and, if the cluster logs it, read) what, in which order, with which result.
import type { User } from './users.ts';
import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';

const writeVerbs = ['create', 'update', 'patch', 'delete', 'deletecollection'] as const;
const readVerbs = ['get', 'list', 'watch'] as const;

/**
 * Every write is logged with who, what and the result; with the object as it was stored only where no secret value can be in
 * it: a PerconaPGCluster, whose status tells when its database was ready.
 *
 * @param readsOf whose reads are logged too, when they end: a watch at its end
 */
export function auditPolicy(readsOf: readonly User[] = []): object {
  return {
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
      { level: 'Metadata', verbs: writeVerbs },
      // Who reads which Secret; of lists and watches the log would not tell what they carried.
      { level: 'Metadata', verbs: ['get'], resources: [{ group: '', resources: ['secrets'] }], users: ['provisioner'] },
      // An empty list of users would mean everybody.
      ...(readsOf.length > 0 ? [{ level: 'Metadata', verbs: readVerbs, users: readsOf }] : []),
      { level: 'None' },
    ],
  };
}

/** One request. */
export interface Request {
  readonly at: Date;
  readonly user: string;
  readonly verb: (typeof writeVerbs)[number] | (typeof readVerbs)[number];
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

/** One write request. Whether it changed anything the log does not tell: an apply that changes nothing is here too. */
export interface Write extends Request {
  readonly verb: (typeof writeVerbs)[number];
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
  readonly verb: Request['verb'];
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
  const requests = requestsIn(readFileSync(auditLog, 'utf8').split('\n').slice(0, -1));
  return requests.filter(isWrite).filter((write) => matches(write, filter));
}

/** Every read of a single Secret by the provisioner since the log began. */
export function readSecretReads(auditLog: string): readonly Request[] {
  const lines = readFileSync(auditLog, 'utf8').split('\n').slice(0, -1);
  const reads = requestsIn(lines.filter((line) => line.includes('"verb":"get"')));
  return reads.filter(({ user, resource }) => user === 'provisioner' && resource === 'secrets');
}

/** Secrets that the provisioner read in namespaces in which there never was a DittoServer: there must be none (C1). */
export function strayReads(auditLog: string): readonly string[] {
  const served = new Set(readWrites(auditLog, { resource: 'dittoservers' }).map(({ namespace }) => namespace));
  const reads = readSecretReads(auditLog).filter(({ namespace }) => !served.has(namespace));
  return reads.map(({ namespace = '', name = '' }) => `${namespace}/${name}`);
}

/** The writes since `followWrites` was called, read on from where the last call ended. */
export type FollowedWrites = (filter?: WriteFilter) => readonly Write[];

/** Follows a log from its present end, for who asks often: only what is new is read. */
export function followWrites(auditLog: string): FollowedWrites {
  const requests = followRequests(auditLog);
  return (filter) => requests(filter).filter(isWrite);
}

/** The same with reads, as far as they are logged. */
export type FollowedRequests = (filter?: WriteFilter) => readonly Request[];

/** Follows all that is logged. */
export function followRequests(auditLog: string): FollowedRequests {
  let position = statSync(auditLog).size;
  let rest = Buffer.alloc(0);
  const requests: Request[] = [];
  return (filter = {}) => {
    const read = readFrom(auditLog, position);
    position += read.length;
    const bytes = Buffer.concat([rest, read]);
    const end = bytes.lastIndexOf('\n') + 1;
    rest = bytes.subarray(end);
    requests.push(...requestsIn(bytes.subarray(0, end).toString().split('\n').slice(0, -1)));
    return requests.filter((request) => matches(request, filter));
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
function requestsIn(lines: readonly string[]): Request[] {
  return lines.map((line) => toRequest(JSON.parse(line) as AuditEvent));
}

function isWrite(request: Request): request is Write {
  return (writeVerbs as readonly string[]).includes(request.verb);
}

function toRequest(event: AuditEvent): Request {
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

function matches(write: Request, { user, namespace, resource, since }: WriteFilter): boolean {
  return (
    (user === undefined || write.user === user) &&
    (namespace === undefined || write.namespace === namespace) &&
    (resource === undefined || write.resource === resource) &&
    (since === undefined || write.at >= since)
  );
}
