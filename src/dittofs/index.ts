// The client of a DittoFS server's REST API, with one error table and sessions that are renewed near their end.
export { answerDigest, inspect, type Answer, type Questions } from './answer.ts';
export {
  createDittoFs,
  dittoFsOver,
  type Credentials,
  type DittoFs,
  type DittoFsApi,
  type WantedPolicy,
} from './client.ts';
export { apiHost, endpointDigest, urlOf, type Endpoint, type Trust } from './endpoint.ts';
export { DittoFsError, type DittoFsErrorKind } from './errors.ts';
export { createSessions, type Account, type Session, type Sessions } from './sessions.ts';
export { accountOf, endpointOf, secretsOfApi, type Located, type SecretValue } from './of-server.ts';
export type { Adapter, DatabaseHealth, Role, SnapshotPolicy, Tokens } from './shapes.ts';
export type { TransportOptions } from './transport.ts';
