import type { DecodedFields } from '../hpack/index.ts';
import type { RequestHead } from '../request-head.ts';
import { isValue, quoted, Rule, ruleOf } from './field-rules.ts';
import { type PseudoFields, problemOfPseudoFields } from './pseudo-fields.ts';

/** The head of a request as the engine has it. */
export class Head implements RequestHead {
  method = '';
  scheme = '';
  authority = '';
  path = '';
  protocol: string | undefined = undefined;
  fields: readonly string[] = [];
  readonly bytes: number;
  /** Bytes that the body has to have; -1: any. */
  contentLength = -1;
  /** Whether answers have no body. */
  isHead = false;
  /** Why it cannot be served. */
  problem: string | undefined = undefined;

  constructor(bytes: number) {
    this.bytes = bytes;
  }

  get(name: string): string | undefined {
    const { fields } = this;
    let value: string | undefined;
    for (let index = 0; index < fields.length; index += 2) {
      if (fields[index] === name) {
        const next = fields[index + 1] as string;
        value = value === undefined ? next : `${value}${name === 'cookie' ? '; ' : ', '}${next}`;
      }
    }
    return value;
  }
}

/** The head that a header block holds, made once for blocks that are the same object. */
export function headOf(block: DecodedFields, takesConnect: boolean): Head {
  if (block.view !== undefined) {
    return block.view as Head;
  }
  const head = new Head(block.bytes);
  head.problem = fillFrom(head, block, takesConnect);
  head.isHead = head.method === 'HEAD';
  block.view = head;
  return head;
}

function fillFrom(head: Head, { fields, lead }: DecodedFields, takesConnect: boolean): string | undefined {
  if (lead !== undefined && fields[lead.fields.length]?.startsWith(':') === false) {
    const first = headOf(lead, takesConnect);
    // Alone it may lack what follows it.
    if (first.problem === undefined) {
      return fillAfter(head, first, fields, lead.fields.length);
    }
  }
  return fill(head, fields, takesConnect);
}

/** Takes over the head of a lead that nothing is wrong with, and the regular fields that follow it. */
function fillAfter(head: Head, first: Head, fields: readonly string[], from: number): string | undefined {
  const { method, scheme, authority, path, protocol } = first;
  head.contentLength = first.contentLength;
  const problem = problemOfFields(head, fields, from, { method, scheme, authority, path, protocol });
  if (problem !== undefined) {
    return problem;
  }
  head.method = method;
  head.scheme = scheme;
  head.authority = authority;
  head.path = path;
  head.protocol = protocol;
  head.fields = fields.slice(from - first.fields.length);
  return undefined;
}

/** Takes over the fields of a block. @returns what is wrong with them */
function fill(head: Head, fields: readonly string[], takesConnect: boolean): string | undefined {
  const pseudo: PseudoFields = {
    method: undefined,
    scheme: undefined,
    authority: undefined,
    path: undefined,
    protocol: undefined,
  };
  let index = 0;
  for (; index < fields.length && (fields[index] as string).startsWith(':'); index += 2) {
    const name = fields[index] as string;
    const value = fields[index + 1] as string;
    let before: string | undefined;
    switch (name) {
      case ':method':
        before = pseudo.method;
        pseudo.method = value;
        break;
      case ':scheme':
        before = pseudo.scheme;
        pseudo.scheme = value;
        break;
      case ':authority':
        before = pseudo.authority;
        pseudo.authority = value;
        break;
      case ':path':
        before = pseudo.path;
        pseudo.path = value;
        break;
      case ':protocol':
        before = pseudo.protocol;
        pseudo.protocol = value;
        break;
      default:
        return `the request has ${quoted(name)}, which no request has`;
    }
    if (before !== undefined) {
      return `the request has ${name} twice`;
    }
  }
  const problem = problemOfFields(head, fields, index, pseudo) ?? problemOfPseudoFields(pseudo, takesConnect);
  if (problem !== undefined) {
    return problem;
  }
  head.method = pseudo.method ?? '';
  head.scheme = pseudo.scheme ?? '';
  head.authority = pseudo.authority ?? '';
  head.path = pseudo.path ?? '';
  head.protocol = pseudo.protocol;
  head.fields = fields.slice(index);
  return undefined;
}

/** What is wrong with the regular fields from an index on. */
function problemOfFields(
  head: Head,
  fields: readonly string[],
  from: number,
  pseudo: PseudoFields,
): string | undefined {
  for (let index = from; index < fields.length; index += 2) {
    const name = fields[index] as string;
    const value = fields[index + 1] as string;
    const rule = ruleOf(name);
    if (rule === undefined) {
      return name.startsWith(':')
        ? `the request has ${quoted(name)} after its regular fields`
        : `the request has ${quoted(name)}, which is no name of a field in HTTP/2`;
    }
    if (!isValue(value)) {
      return `the field ${name} has a value that HTTP cannot carry`;
    }
    if (rule !== Rule.PLAIN) {
      const problem = problemOfRule(rule, head, name, value, pseudo);
      if (problem !== undefined) {
        return problem;
      }
    }
  }
  return undefined;
}

function problemOfRule(
  rule: number,
  head: Head,
  name: string,
  value: string,
  pseudo: PseudoFields,
): string | undefined {
  switch (rule) {
    case Rule.TE:
      return value.toLowerCase() === 'trailers' ? undefined : 'te has a value other than trailers';
    case Rule.CONTENT_LENGTH: {
      const length = /^\d{1,15}$/.test(value) ? Number(value) : -1;
      if (length < 0 || (head.contentLength >= 0 && head.contentLength !== length)) {
        return 'content-length is no number, or there are two';
      }
      head.contentLength = length;
      return undefined;
    }
    case Rule.HOST:
      if (pseudo.authority === undefined) {
        pseudo.authority = value;
        return undefined;
      }
      return pseudo.authority.toLowerCase() === value.toLowerCase()
        ? undefined
        : 'host is not what :authority says';
    default:
      return `the request has ${name}, which HTTP/2 does not have`;
  }
}
