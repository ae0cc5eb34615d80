// A person can hold every step with an annotation; status goes on being told.
import { ANNOTATIONS } from '../api/names.ts';
import { OFF, wait, type Requirement } from './finding.ts';

export const notPaused: Requirement = {
  name: 'notPaused',
  condition: 'Progressing',
  judge: ({ server }) =>
    server.metadata.annotations?.[ANNOTATIONS.paused] === 'true'
      ? wait('Paused', `the annotation ${ANNOTATIONS.paused} is "true": no step is taken until it is removed`)
      : OFF,
};
