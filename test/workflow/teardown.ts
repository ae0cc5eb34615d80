// After the workflow tests: stops the Temporal servers.
import { stop } from './setup.ts';

// eslint-disable-next-line no-restricted-syntax -- jest asks for a default export
export default stop;
