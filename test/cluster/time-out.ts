// For every cluster test: a time-out longer than any wait in it, so that the wait is what fails and tells what it saw instead.
jest.setTimeout(240_000);
