// Makes a newer version of the built program out of it: loaded before it (node --import), this puts one more requirement in front of the
// list, and the step that it asks for beside the others. The mark that the step leaves is in the workflow's memory.
import type { ACTS as Acts } from '../../../activities/index.ts';
import type { Act } from '../../../activities/outcome.ts';
import type { StepName } from '../../../src/api/verdict.ts';
import type { Requirement, RequirementName } from '../../../src/requirements/finding.ts';

const built = async (file: string): Promise<unknown> =>
  import(new URL(`../../../dist/${file}`, import.meta.url).href) as Promise<unknown>;

const { requirements } = (await built('src/requirements/index.js')) as { requirements: Requirement[] };
const { ACTS } = (await built('activities/index.js')) as { ACTS: Record<keyof typeof Acts, Act> };

const MARK = 'sealed';
const STEP = 'sealVolumes';

requirements.unshift({
  name: 'sealed' as RequirementName,
  condition: 'ConfigReady',
  judge: ({ memory }) =>
    memory.applied[MARK] === undefined
      ? {
          state: 'act',
          step: STEP as StepName,
          intent: MARK,
          summary: 'seal the volumes',
          needs: [],
          reason: 'ConfigDue',
          message: 'to be sealed',
        }
      : { state: 'met', reason: 'ConfigValid', message: 'sealed' },
});

const sealVolumes: Act = ({ observation: { facts } }) => {
  const applied = { ...facts.memory.applied, [MARK]: '1' };
  return Promise.resolve({ facts: { ...facts, memory: { ...facts.memory, applied } } });
};
Object.assign(ACTS, { [STEP]: sealVolumes });
