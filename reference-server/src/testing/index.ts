export { type TestServer, type TestServerOptions, startTestServer } from './start-test-server.ts';
