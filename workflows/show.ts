// What a person sees of a DittoServer in the Temporal UI: current details in markdown, and search attributes for list and filter.
import { defineSearchAttributeKey, SearchAttributeType, type SearchAttributeUpdatePair } from '@temporalio/common';
import { setCurrentDetails, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { SEARCH_ATTRIBUTES } from './messages.ts';
import type { Story, Target, Verdict } from '../src/api/verdict.ts';

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** The story as markdown; `next` says what comes after. */
export function detailsOf(story: Story, target: Target, next: string): string {
  const rows = [
    ['DittoServer', `${target.namespace}/${target.name} (cluster ${target.cluster})`],
    ['Stage', story.stalled ? `${story.stage}, **stalled**` : story.stage],
    ['Reason', `${story.reason}: ${story.message}`],
    ['Since', story.since],
    ['Next', next],
    ...(story.deadline === undefined ? [] : [['Deadline', story.deadline]]),
  ];
  const table = rows.map(([name = '', value = '']) => `| ${name} | ${cell(value)} |`).join('\n');
  const children = story.children.map((line) => `- ${line}`).join('\n');
  return `| | |\n|---|---|\n${table}${children === '' ? '' : `\n\n${children}`}`;
}

function valuesOf(story: Story, target: Target): Readonly<Record<keyof typeof SEARCH_ATTRIBUTES, string | boolean>> {
  return {
    DittoCluster: target.cluster,
    DittoNamespace: target.namespace,
    DittoServer: target.name,
    DittoStage: story.stage,
    DittoReady: story.ready,
    DittoStalled: story.stalled,
  };
}

function pairsOf(story: Story, target: Target): SearchAttributeUpdatePair[] {
  return Object.entries(valuesOf(story, target)).map(([name, value]) =>
    typeof value === 'boolean'
      ? { key: defineSearchAttributeKey(name, SearchAttributeType.BOOL), value }
      : { key: defineSearchAttributeKey(name, SearchAttributeType.KEYWORD), value },
  );
}

/** Shows the verdict; attributes are set only where they changed, since each upsert is an event. */
export function show(verdict: Verdict, target: Target, next: string): void {
  setCurrentDetails(detailsOf(verdict.story, target, next));
  if (!verdict.decorate) return;
  const current = workflowInfo().typedSearchAttributes;
  const changed = pairsOf(verdict.story, target).filter(({ key, value }) => current.get(key as never) !== value);
  if (changed.length > 0) upsertSearchAttributes(changed);
}
