export { createWebTransport, type WebTransportOptions } from './transport.ts';
