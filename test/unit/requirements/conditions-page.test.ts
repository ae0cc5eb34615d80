// docs/reference/conditions.md says the same as the code: every reason with meaning, remedy and deadline; every phase and stage.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { CONDITION_TYPES, deadlineOf, REASONS, WATCHER_CONDITION, type Reason } from '../../../src/api/reasons.ts';
import { STAGES } from '../../../src/api/verdict.ts';
import { requirements } from '../../../src/requirements/index.ts';
import { markdownTable, pageWith } from './page.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const NAMES = Object.keys(REASONS) as Reason[];
const PLACES = [...CONDITION_TYPES, WATCHER_CONDITION, 'any', 'event', 'workflow'] as const;

const cells = (reason: Reason): readonly string[] => {
  const { meaning, remedy } = REASONS[reason];
  const deadline = deadlineOf(reason);
  const which = deadline === undefined ? '' : deadline === 'step' ? 'of the step' : `\`${deadline}\``;
  return [`\`${reason}\``, meaning, remedy, which];
};
const tableOf = (place: (typeof PLACES)[number]): string => {
  const reasons = NAMES.filter((reason) => REASONS[reason].on === place);
  return markdownTable(['reason', 'what it means', 'what to do', 'deadline'], reasons.map(cells));
};

const wanted = Object.fromEntries(PLACES.map((place) => [`reasons of ${place}`, tableOf(place)]));
const page = pageWith('docs/reference/conditions.md', wanted);

describe('the page', () => {
  test.each(Object.entries(wanted))('%s', (name, table) => {
    expect(page.table(name)).toBe(table);
  });

  test('has every condition, phase and stage once', () => {
    const crd = parse(readFileSync(join(ROOT, 'deploy/crd/dittoserver.yaml'), 'utf8')) as {
      spec: {
        versions: [
          { schema: { openAPIV3Schema: { properties: { status: { properties: { phase: { enum: string[] } } } } } } },
        ];
      };
    };
    const phases = crd.spec.versions[0].schema.openAPIV3Schema.properties.status.properties.phase.enum;
    expect(page.names('conditions')).toEqual([...CONDITION_TYPES, WATCHER_CONDITION]);
    expect([...page.names('phases')].sort()).toEqual([...phases].sort());
    expect(page.names('stages')).toEqual(STAGES);
  });

  test('names no reason that does not exist', () => {
    const known = new Set<string>([
      ...NAMES,
      ...CONDITION_TYPES,
      WATCHER_CONDITION,
      ...STAGES,
      ...page.names('phases'),
    ]);
    const words = [...page.text.matchAll(/`([A-Z][A-Za-z]+)`/g)].map((match) => match[1] ?? '');
    expect(words.filter((word) => !known.has(word) && !ALSO.has(word))).toEqual([]);
  });
});

/** Words of Kubernetes and Percona that the page names. */
const ALSO = new Set([
  'True',
  'False',
  'Unknown',
  'PerconaPGCluster',
  'StatefulSet',
  'Secret',
  'Warning',
  'DittoStage',
]);

interface Source {
  readonly file: string;
  readonly text: string;
}

function sourcesIn(...folders: readonly string[]): readonly Source[] {
  return folders.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(ts|yaml)$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => ({ file, text: readFileSync(file, 'utf8') })),
  );
}

describe('the code', () => {
  const sources = sourcesIn('src/requirements', 'src/watcher', 'activities', 'workflows', 'deploy/crd');
  const all = sources.map(({ text }) => text).join('\n');
  const isUsed = (name: string): boolean => all.includes(`'${name}'`) || all.includes(`reason: ${name}\n`);

  test('uses every reason of the table', () => {
    expect(NAMES.filter((name) => !isUsed(name))).toEqual([]);
  });

  test('uses no reason that the table lacks', () => {
    const uses = sources.filter(({ file }) => file.endsWith('.ts')).flatMap(({ text }) =>
      [/\b(?:wait|met|pending|unreadable|troubleVerdict)\(\s*(?:memory,\s*)?'([A-Z]\w+)'/g, /\breason: '([A-Z]\w+)'/g].flatMap((pattern) =>
        [...text.matchAll(pattern)].map((match) => match[1] ?? ''),
      ),
    ); // prettier-ignore
    expect(uses.length).toBeGreaterThan(40);
    expect(uses.filter((name) => !(name in REASONS))).toEqual([]);
  });

  test('uses each reason at the condition that the table gives it', () => {
    const misplaced = sources.flatMap(({ text }) => {
      const condition = /\n {2}condition: '(\w+)'/.exec(text)?.[1];
      const quoted = [...text.matchAll(/'([A-Z]\w+)'/g)].map((match) => match[1] ?? '').filter((word) => word in REASONS);
      if (condition === undefined) return [];
      return quoted.filter((reason) => ![condition, 'any'].includes(REASONS[reason as Reason].on)).map((reason) => `${condition}: ${reason}`);
    }); // prettier-ignore
    expect(misplaced).toEqual([]);
  });

  test('judges every condition but Ready and Stalled, which sum up', () => {
    const judged = new Set(requirements.map(({ condition }) => condition));
    expect([...judged].sort()).toEqual(CONDITION_TYPES.filter((type) => type !== 'Ready' && type !== 'Stalled').sort());
  });
});

test.each(NAMES)('%s is a reason that Kubernetes takes, and is explained in sentences', (reason) => {
  const { meaning, remedy } = REASONS[reason];
  expect(reason).toMatch(/^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/);
  for (const sentence of [meaning, remedy]) expect(sentence).toMatch(/^[A-Z].*\.$/);
});
