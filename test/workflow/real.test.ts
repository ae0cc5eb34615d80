// The workflow's suite on the real server.
import { realServer } from './real-server.ts';
import { workflowSuite } from './suite.ts';

workflowSuite(realServer);
