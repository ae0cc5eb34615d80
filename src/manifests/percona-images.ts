// Which Percona operators we know, and the images of each release. The shipped operator brings no defaults: a cluster without
// images never becomes ready. Tags are those that Percona released with each version; a test compares the table of 2.9.0 with
// that release's own files.
import type { PerconaOperatorVersion } from '../api/percona.ts';
import { compare } from './canonical.ts';
import type { PerconaSettings } from './settings.ts';

/** What one release of the operator was tested with. */
interface Release {
  /** Tags of percona-distribution-postgresql by major version. */
  readonly postgres: Readonly<Record<number, string>>;
  readonly pgbackrest: string;
}

const REGISTRY = 'docker.io/percona';

/** The release of the oldest supported operator. */
export const OLDEST_RELEASE: Release = {
  postgres: { 14: '14.22-1', 15: '15.17-1', 16: '16.13-1', 17: '17.9-1', 18: '18.3-1' },
  pgbackrest: '2.58.0-1',
};

export const RELEASES: Readonly<Record<string, Release>> = {
  '2.9.0': OLDEST_RELEASE,
  '3.0.0': {
    postgres: { 14: '14.22-2', 15: '15.17-2', 16: '16.13-2', 17: '17.9-2', 18: '18.3-2' },
    pgbackrest: '2.58.0-1',
  },
  '3.1.0': {
    postgres: { 14: '14.24-1', 15: '15.19-1', 16: '16.15-1', 17: '17.11.1-1', 18: '18.6.1-1' },
    pgbackrest: '2.59.0-1',
  },
};

/** Operators before it crash on a cluster without pgBouncer (2.8.2) or lack fields that we send. */
const OLDEST: PerconaOperatorVersion = { major: 2, minor: 9, patch: 0 };

export const SUPPORTED_OPERATORS = '2.9.0, 3.0.0, 3.1.0, and newer ones whose images are given in spec.percona.images';

export interface PerconaImages {
  readonly postgres: string;
  readonly pgbackrest: string;
  readonly initContainer: string;
}

/**
 * The version of an operator, e.g. from its CRD's label. Anything but three numbers is undefined: as `crVersion` it would crash
 * the whole operator (2.9.0, `crVersion: latest`).
 */
export function parseOperatorVersion(text: string | undefined): PerconaOperatorVersion | undefined {
  const match = /^v?(\d{1,4})\.(\d{1,4})\.(\d{1,4})$/.exec(text ?? '');
  if (!match) return undefined;
  const [major, minor, patch] = match.slice(1).map(Number) as [number, number, number];
  return { major, minor, patch };
}

/** As `crVersion` takes it. */
export function formatOperatorVersion({ major, minor, patch }: PerconaOperatorVersion): string {
  return `${major}.${minor}.${patch}`;
}

/** Whether clusters can be made for this operator at all. */
export function isSupportedOperator(version: PerconaOperatorVersion): boolean {
  return order(version) >= order(OLDEST);
}

/**
 * The images of a cluster: those that the user gives, else those of the operator's release. A patch release that the table
 * does not have uses the newest one before it.
 *
 * @returns the fields of spec.percona.images that the user must give, where the table has none
 */
export function perconaImages(
  { images, postgresVersion }: Pick<PerconaSettings, 'images' | 'postgresVersion'>,
  operator: PerconaOperatorVersion,
): { readonly images: PerconaImages } | { readonly missing: readonly string[] } {
  const { postgres, pgbackrest, initContainer } = { ...releasedImages(operator, postgresVersion), ...images };
  if (postgres && pgbackrest && initContainer) return { images: { postgres, pgbackrest, initContainer } };
  const missing = Object.entries({ postgres, pgbackrest, initContainer }).filter(([, image]) => !image);
  return { missing: missing.map(([name]) => `spec.percona.images.${name}`) };
}

function releasedImages(operator: PerconaOperatorVersion, postgresVersion: number): Partial<PerconaImages> {
  const release = releaseFor(operator);
  const tag = release?.postgres[postgresVersion];
  return {
    ...(tag && { postgres: `${REGISTRY}/percona-distribution-postgresql:${tag}` }),
    ...(release && { pgbackrest: `${REGISTRY}/percona-pgbackrest:${release.pgbackrest}` }),
    initContainer: `${REGISTRY}/percona-postgresql-operator:${formatOperatorVersion(operator)}`,
  };
}

function releaseFor(operator: PerconaOperatorVersion): Release | undefined {
  const candidates = Object.entries(RELEASES)
    .map(([text, release]) => ({ version: parseOperatorVersion(text) ?? OLDEST, release }))
    .filter(({ version }) => version.major === operator.major && version.minor === operator.minor)
    .filter(({ version }) => version.patch <= operator.patch)
    .sort((a, b) => compare(order(a.version), order(b.version)));
  return candidates.at(-1)?.release;
}

/** A text that sorts as versions do. */
function order({ major, minor, patch }: PerconaOperatorVersion): string {
  return [major, minor, patch].map((part) => String(part).padStart(4, '0')).join('.');
}
