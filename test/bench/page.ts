// Puts the tables into docs/performance.md, between two comments; the text around them is written by people.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const PAGE = join(import.meta.dirname, '..', '..', 'docs', 'performance.md');
const BEGIN = '<!-- figures: written by `make bench`, not by hand -->';
const END = '<!-- end of figures -->';

/**
 * Replaces what stands between the two comments.
 *
 * @throws when a comment is missing
 */
export function withFigures(page: string, figures: string): string {
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`The page lacks the comment ${BEGIN} or, after it, ${END}.`);
  return `${page.slice(0, begin + BEGIN.length)}\n\n${figures}\n\n${page.slice(end)}`;
}

/** Writes the page anew, with these tables. */
export function writePage(figures: string): void {
  writeFileSync(PAGE, withFigures(readFileSync(PAGE, 'utf8'), figures));
}
