// The images that the stand-in kubelet knows, by what its containers need of them. An image's file system is that of this machine, its
// programs and libraries read-only, with the image's own files added; tags do not matter. Containers of other images are
// declared running. Users are those of the real images.
import { dirname } from 'node:path';
import type { Container, Pod } from '../kubernetes-types.ts';
import { postgresPaths } from '../tools/postgres.ts';
import { toolPaths } from '../tools/tools.ts';
import { databaseProgram, isPerconaInstance } from './database-program.ts';
import type { RunnableContainer } from './pod-types.ts';

/** What runs in a container that says nothing else. */
export interface Program {
  readonly uid: number;
  readonly gid: number;
  readonly userName: string;
  readonly workingDir: string;
  /** Files of the image that this machine does not have: path in the container by path here. */
  readonly files: Readonly<Record<string, string>>;
  readonly path: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly stopSignal: NodeJS.Signals;
  /** What the kit runs in place of the container's own settings. */
  readonly instead?: Partial<RunnableContainer>;
}

const standardPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** The program of a container, or undefined if the image is not known. */
export function programOf(pod: Pod, container: Container): Program | undefined {
  const repository = container.image.replace(/@.*$/, '').replace(/:[^/]*$/, '');
  // Of Percona's pods, all but the server itself serves Patroni and pgBackRest, which do not run here.
  if (isPerconaInstance(pod))
    return container.name === 'database' ? { ...postgresTools(), ...databaseProgram() } : undefined;
  if (/(^|\/)dittofs$/.test(repository)) return dittofs();
  if (/(^|\/)(percona-distribution-postgresql|postgres)$/.test(repository)) return postgresTools();
  if (/(^|\/)busybox$/.test(repository)) return busybox;
  return undefined;
}

/** A shell and the usual tools. */
const busybox: Program = {
  uid: 0,
  gid: 0,
  userName: 'root',
  workingDir: '/',
  files: {},
  path: standardPath,
  entrypoint: [],
  command: ['sh'],
  stopSignal: 'SIGTERM',
};

/** The DittoFS server, as in the image of its release 0.29.0. */
function dittofs(): Program {
  return {
    ...busybox,
    uid: 65532,
    gid: 65532,
    userName: 'dittofs',
    workingDir: '/app',
    files: { '/app/dfs': toolPaths().dfs },
    entrypoint: ['/app/dfs'],
    command: ['start', '--foreground', '--config', '/config/config.yaml'],
  };
}

/** PostgreSQL's programs, psql among them, of the version that this machine has. */
function postgresTools(): Program {
  const { binFolder, psql } = postgresPaths();
  const folders = psql === undefined ? [binFolder] : [...new Set([binFolder, dirname(psql)])];
  return { ...busybox, uid: 26, gid: 26, userName: 'postgres', path: [...folders, standardPath].join(':') };
}
