import type { OutgoingHttpHeaders } from 'node:http2';
import type { FieldBlock, Fields } from '../dispatch/index.ts';

/** Header fields as `node:http2` takes them. */
export type NodeFields = OutgoingHttpHeaders | readonly string[];

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);

/** Since 24.7 Node takes names and values in turn, which is a tenth of a call faster than an object. */
const TAKES_LISTS = major > 24 || (major === 24 && minor >= 7);

const heads = new WeakMap<FieldBlock, NodeFields>();
const trailers = new WeakMap<FieldBlock, OutgoingHttpHeaders>();

/** The head of an answer. Node may add to it: it belongs to one answer. */
export function headOf(status: number, block: FieldBlock, own: Fields | undefined): NodeFields {
  const fields = own === undefined ? block.fields : [...block.fields, ...own];
  return TAKES_LISTS ? [':status', String(status), ...fields] : { ':status': status, ...asObject(fields) };
}

/** The head of a successful answer with no fields of its own, made once for each block. Node must not add to it. */
export function sharedHeadOf(block: FieldBlock): NodeFields {
  let head = heads.get(block);
  if (head === undefined) {
    head = headOf(200, block, undefined);
    heads.set(block, head);
  }
  return head;
}

/** Trailers, made once for each block. */
export function trailersOf(block: FieldBlock): OutgoingHttpHeaders {
  let object = trailers.get(block);
  if (object === undefined) {
    object = asObject(block.fields);
    trailers.set(block, object);
  }
  return object;
}

function asObject(fields: Fields): OutgoingHttpHeaders {
  const object: OutgoingHttpHeaders = {};
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index] as string;
    const value = fields[index + 1] as string;
    const present = object[name];
    object[name] = present === undefined ? value : [present, value].flat().map(String);
  }
  return object;
}
