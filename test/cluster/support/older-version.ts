// An older version of the built program: the same, but that its pod templates are of an earlier revision and give the server less time to end.
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..', '..');

export const OLDER_REVISION = '1';
/** Of its pods; the default of this version is another one. */
export const OLDER_GRACE_SECONDS = 77;

export interface Versions {
  /** The program to start: the older one until `upgrade`. */
  readonly program: string;
  upgrade(): void;
}

function replaceIn(file: string, from: RegExp, to: string): void {
  const before = readFileSync(file, 'utf8');
  const after = before.replace(from, to);
  if (after === before) throw new Error(`${file} has nothing like ${from.source}`);
  writeFileSync(file, after);
}

/** Puts both versions under `folder`, where an installation would have one after the other. */
export function versionsIn(folder: string): Versions {
  const [older, installed] = [join(folder, 'older'), join(folder, 'installed')];
  mkdirSync(older, { recursive: true });
  cpSync(join(root, 'dist'), join(older, 'dist'), { recursive: true });
  cpSync(join(root, 'package.json'), join(older, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(older, 'node_modules'));
  const rendering = join(older, 'dist', 'src', 'manifests', 'stateful-set.js');
  replaceIn(rendering, /TEMPLATE_REVISION = '\d+'/, `TEMPLATE_REVISION = '${OLDER_REVISION}'`);
  replaceIn(
    rendering,
    /terminationGracePeriodSeconds: [^,]+,/,
    `terminationGracePeriodSeconds: ${OLDER_GRACE_SECONDS},`,
  );
  symlinkSync(older, installed);
  return {
    program: join(installed, 'dist', 'src', 'main.js'),
    upgrade() {
      rmSync(installed);
      symlinkSync(root, installed);
    },
  };
}
