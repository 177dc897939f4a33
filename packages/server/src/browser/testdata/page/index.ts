export { ask } from './ask.ts';
export { call, list, watch } from './clients.ts';
export { listen } from './events.ts';
export { converse } from './socket.ts';
