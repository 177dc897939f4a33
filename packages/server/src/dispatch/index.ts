export { createDispatch, type Dispatch, type DispatchOptions } from './dispatch.ts';
export { concatFields, fieldBlock } from './fields.ts';
export type { FieldBlock, Fields, HttpCall, HttpReader, HttpReceiver, HttpWriter } from './http-call.ts';
export { HttpExchange } from './http-exchange.ts';
export type { FieldsFor } from './unary-route.ts';
