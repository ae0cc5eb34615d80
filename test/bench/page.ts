// Puts the tables into docs/performance.md, between two comments; the text around them is written by people.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Scenario } from './options.ts';

const PAGE = join(import.meta.dirname, '..', '..', 'docs', 'performance.md');

/** Where figures stand: those of a run that measures servers alone have a place of their own, since it takes minutes and the whole one most of an hour. */
const PLACES = {
  all: ['<!-- figures: written by `make bench`, not by hand -->', '<!-- end of figures -->'],
  servers: ['<!-- figures of servers: written by `make bench`, not by hand -->', '<!-- end of figures of servers -->'],
} as const;

export type Place = keyof typeof PLACES;

const OF_SERVERS: readonly Scenario[] = ['P4b', 'B-S9', 'B-S13', 'serving'];

/** Where the figures of a run with these scenarios stand. */
export const placeOf = (scenarios: readonly Scenario[]): Place =>
  scenarios.every((scenario) => OF_SERVERS.includes(scenario)) ? 'servers' : 'all';

/**
 * Replaces what stands between the two comments.
 *
 * @throws when a comment is missing
 */
export function withFigures(page: string, figures: string, place: Place = 'all'): string {
  const [before, after] = PLACES[place];
  const [begin, end] = [page.indexOf(before), page.indexOf(after)];
  if (begin < 0 || end < begin) throw new Error(`The page lacks the comment ${before} or, after it, ${after}.`);
  return `${page.slice(0, begin + before.length)}\n\n${figures}\n\n${page.slice(end)}`;
}

/** Writes the page anew, with these tables. A whole run has measured servers too, so that their place is emptied. */
export function writePage(figures: string, place: Place): void {
  const written = withFigures(readFileSync(PAGE, 'utf8'), figures, place);
  writeFileSync(PAGE, place === 'all' ? withFigures(written, 'Among the figures above.', 'servers') : written);
}
