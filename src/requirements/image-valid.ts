// Whether the images that are given can be the names of images. The API server takes nearly any text in a pod template; no pod of it ever
// starts, and a server that runs would have been stopped for it.
import type { DittoServerSpec } from '../api/generated/ditto-server.ts';
import { quoted } from '../api/schema.ts';

const LONGEST_PATH = 255;

/** [host[:port]/]path[:tag][@digest], as container runtimes take it (grammar of github.com/distribution/reference, 0.6). */
const LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?';
const HOST = `(?:${LABEL}(?:[.]${LABEL})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const PART = '[a-z0-9]+(?:(?:[.]|_|__|-+)[a-z0-9]+)*';
const TAG = '[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}';
const DIGEST = 'sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128}';
const IMAGE = new RegExp(`^(?:${HOST}/)?(?<path>${PART}(?:/${PART})*)(?::${TAG})?(?:@(?:${DIGEST}))?$`);

const LONGEST_IMAGE = 1_024;

/** Whether a container runtime would take this text for an image's name. */
export function isImage(text: string): boolean {
  // Nothing longer can be one, and the pattern is spared it.
  const path = text.length > LONGEST_IMAGE ? undefined : IMAGE.exec(text)?.groups?.['path'];
  return path !== undefined && path.length <= LONGEST_PATH;
}

type Given = readonly [path: string, image: string | undefined];

function imageOfWaiting({ percona, database, waitForPostgres }: DittoServerSpec): string | undefined {
  const hasPostgres = percona?.enabled === true || Boolean(database?.postgresSecretRef?.name);
  return hasPostgres && waitForPostgres?.enabled !== false ? waitForPostgres?.image : undefined;
}

/** The images that are used; those of a block that is switched off are not. */
function imagesOf(spec: DittoServerSpec): readonly Given[] {
  const { postgres, pgbackrest, initContainer } = (spec.percona?.enabled === true && spec.percona.images) || {};
  return [
    ['spec.image', spec.image],
    ['spec.percona.images.postgres', postgres],
    ['spec.percona.images.pgbackrest', pgbackrest],
    ['spec.percona.images.initContainer', initContainer],
    ['spec.waitForPostgres.image', imageOfWaiting(spec)],
  ];
}

/** The first image that is none, as a sentence; undefined when there is none such. */
export function imageFault(spec: DittoServerSpec): string | undefined {
  const wrong = imagesOf(spec).find(([, image]) => image !== undefined && !isImage(image));
  if (wrong === undefined) return undefined;
  const [path, image] = wrong;
  return `${path} ${quoted(path, image)} is no name of an image: use [host[:port]/]path[:tag] or [host[:port]/]path@sha256:..., the path in lower case and without blanks, e.g. registry.example.com/dittofs:0.29.0`;
}
