// The workflow's suite on Temporal's time-skipping test server.
import { workflowSuite } from './suite.ts';
import { timeSkippingServer } from './time-skipping-server.ts';

workflowSuite(timeSkippingServer);
