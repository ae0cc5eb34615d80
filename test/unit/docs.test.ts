// What the documentation names must exist: links, headings, files, make verbs and settings; and nothing of the machine it was written on.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { OPTIONS } from '../../src/config.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const DECISIONS = join(ROOT, 'docs', 'decisions');

interface Page {
  readonly name: string;
  readonly folder: string;
  readonly text: string;
}

function pageOf(file: string): Page {
  return { name: relative(ROOT, file), folder: dirname(file), text: readFileSync(file, 'utf8') };
}

function markdownIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

const README = pageOf(join(ROOT, 'README.md'));
const PAGES: readonly Page[] = [README, ...markdownIn(join(ROOT, 'docs')).map(pageOf)];
const named = PAGES.map((page) => [page.name, page] as const);

const all = (text: string, pattern: RegExp): readonly string[] => [...text.matchAll(pattern)].map((m) => m[1] ?? '');
const blocks = (text: string): readonly string[] => all(text, /^ *```\w*\n([\s\S]*?)^ *```/gm);
const prose = (text: string): string => text.replaceAll(/^ *```[\s\S]*?^ *```/gm, '');
const spans = (text: string): readonly string[] => all(prose(text), /`([^`\n]+)`/g);
const code = (text: string): readonly string[] => [...blocks(text), ...spans(text)];

/** A heading's anchor, as GitHub makes it. */
function anchors(file: string): readonly string[] {
  return all(prose(readFileSync(file, 'utf8')), /^#+ (.+)$/gm).map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );
}

function brokenLinks({ text, folder, name }: Page): readonly string[] {
  const targets = all(prose(text), /\]\(([^)\s]+)\)/g).filter((target) => !/^[a-z]+:/.test(target));
  return targets.filter((target) => {
    const [path = '', anchor] = target.split('#');
    const file = path === '' ? join(ROOT, name) : join(folder, path);
    return !existsSync(file) || (anchor !== undefined && !anchors(file).includes(anchor));
  });
}

const verbsOf = (text: string): readonly string[] => code(text).flatMap((part) => all(part, /\bmake ([a-z]+)/g));
const VERBS = all(readFileSync(join(ROOT, 'Makefile'), 'utf8'), /^([a-z]+):/gm);

const FOLDERS = /^(src|workflows|activities|deploy|test|docs|scripts)(\/[\w./-]*)?$/;

describe('documentation', () => {
  test.each(named)('%s: every link leads to a file and a heading that exist', (_, page) => {
    expect(brokenLinks(page)).toEqual([]);
  });

  test.each(named)('%s: every make verb exists', (_, { text }) => {
    expect(verbsOf(text).filter((verb) => !VERBS.includes(verb))).toEqual([]);
  });

  test.each(named)('%s: every file and folder that is named exists', (_, { text }) => {
    const paths = spans(text).filter((span) => FOLDERS.test(span));
    expect(paths.filter((path) => !existsSync(join(ROOT, path)) && !existsSync(join(ROOT, `${path}.ts`)))).toEqual([]);
  });

  test.each(named)('%s: says nothing of the machine that it was written on', (_, { text }) => {
    expect(all(text, /((?:\/tmp|\/root|\/home|\/work)\/[\w./-]+|127\.0\.0\.1:\d+)/g)).toEqual([]);
  });

  test('the README has exactly two commands for all the set-up', () => {
    const commands = blocks(README.text).flatMap((block) => all(block, /^(?:\$ )?(?:[A-Z_]+=\S+ )*(make [a-z]+)/gm));
    expect([...new Set(commands)]).toEqual(['make demo', 'make test']);
  });

  test('every setting that the installation page names is one', () => {
    const { text } = pageOf(join(ROOT, 'docs', 'operations', 'install.md'));
    const settings = spans(text).filter((span) => /^[A-Z]+(_[A-Z]+)+$/.test(span) && !span.startsWith('TEMPORAL_'));
    const variables: readonly string[] = OPTIONS.map(({ variable }) => variable);
    expect(settings.filter((setting) => !variables.includes(setting))).toEqual([]);
  });

  test('the table of rooms is what the linter enforces', () => {
    const rules = readFileSync(join(ROOT, 'eslint.config.js'), 'utf8');
    const enforced = [...rules.matchAll(/^ {2}'?(src\/\w+|workflows|activities)'?: \[(.*)\],$/gm)].map(
      ([, room = '', list = '']) => [room, all(list, /'([^']+)'/g)],
    );
    const { text } = pageOf(join(ROOT, 'docs', 'architecture.md'));
    const told = [...text.matchAll(/^\| `(src\/\w+|workflows|activities)` +\|.*\|([^|]*)\|$/gm)].map(
      ([, room = '', list = '']) => [room, all(list, /`([^`]+)`/g)],
    );
    expect(enforced.length).toBeGreaterThan(0);
    expect(Object.fromEntries(told)).toEqual(Object.fromEntries(enforced));
  });

  test('every decision is in the index, under its own number', () => {
    const { text } = pageOf(join(ROOT, 'docs', 'README.md'));
    const files = readdirSync(DECISIONS).sort();
    expect(all(text, /\]\(decisions\/([^)]+)\)/g)).toEqual(files);
    for (const file of files) {
      const heading = readFileSync(join(DECISIONS, file), 'utf8').split('\n')[0];
      expect(heading).toMatch(new RegExp(`^# ${Number(file.slice(0, 4))}\\. `));
    }
  });
});
