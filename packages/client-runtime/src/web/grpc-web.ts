// Imported only when it is asked for, so that pages which speak Connect do not load it.
export { createGrpcWebTransport } from '@connectrpc/connect-web';
