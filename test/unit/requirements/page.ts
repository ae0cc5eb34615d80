// Tables of a documentation page that are made from code: compared in a test, and rewritten by UPDATE_DOCS=1 npx jest --selectProjects unit.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..', '..', '..');

export interface Page {
  readonly text: string;
  /** What stands between the marks of that name: `<!-- table: name -->` and `<!-- end -->`. */
  readonly table: (name: string) => string;
  /** Names of all marked tables. */
  readonly tables: readonly string[];
  /** Every name in code style in the first column of the marked table. */
  readonly names: (name: string) => readonly string[];
}

const marked = (name: string): RegExp => new RegExp(`(<!-- table: ${name} -->\n)([\\s\\S]*?)(<!-- end -->)`);

export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
  return line(head) + line(head.map(() => '---')) + rows.map(line).join('');
}

/** The page; with UPDATE_DOCS=1 these tables are written into it first. */
export function pageWith(file: string, wanted: Readonly<Record<string, string>>): Page {
  const path = join(ROOT, file);
  if (process.env['UPDATE_DOCS'] === '1') {
    const before = readFileSync(path, 'utf8');
    const after = Object.entries(wanted).reduce(
      (text, [name, table]) =>
        text.replace(marked(name), (_, begin: string, _old: string, end: string) => begin + table + end),
      before,
    );
    if (after !== before) writeFileSync(path, after);
  }
  const text = readFileSync(path, 'utf8');
  const table = (name: string): string => marked(name).exec(text)?.[2] ?? '';
  return {
    text,
    table,
    tables: [...text.matchAll(/<!-- table: (.*?) -->/g)].map((match) => match[1] ?? ''),
    names: (name) => [...table(name).matchAll(/^\| `([^`]+)`/gm)].map((match) => match[1] ?? ''),
  };
}
