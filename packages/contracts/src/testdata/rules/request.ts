import {
  create,
  type DescMessage,
  type Message,
  type MessageInitShape,
  type MessageShape,
} from '@bufbuild/protobuf';
import { type Limit, protoName } from './limit.ts';

/**
 * A message and the violations it is refused for, each as `path rule`, the path empty for a rule of the whole
 * message. None when the message is valid.
 */
export interface Case {
  readonly what: string;
  readonly message: Message;
  readonly violations: readonly string[];
}

/** The cases of one type of request. */
export interface RequestCases {
  readonly type: string;
  readonly cases: readonly Case[];
}

interface More<Desc extends DescMessage> {
  readonly valid?: readonly MessageInitShape<Desc>[];
  readonly invalid?: readonly (readonly [MessageInitShape<Desc>, ...violations: string[]])[];
}

/**
 * The cases of a request: its limits field by field, each tried on a valid request, and whole messages that
 * several fields make valid or not.
 */
export function request<Desc extends DescMessage>(
  schema: Desc,
  valid: MessageInitShape<Desc>,
  limits: { readonly [Field in keyof MessageShape<Desc>]?: Limit },
  more: More<Desc> = {},
): RequestCases {
  const one = (what: string, init: object, ...violations: string[]): Case => ({
    what: what.length > 120 ? `${what.slice(0, 120)}…` : what,
    message: create(schema, init as MessageInitShape<Desc>),
    violations,
  });
  const whole = (init: object, ...violations: string[]): Case => one(show(init), init, ...violations);
  const cases = [
    whole(valid),
    ...Object.entries(limits as Readonly<Record<string, Limit>>).flatMap(([field, { good, bad }]) => [
      ...good.map((value) => one(`${field} ${show(value)}`, { ...valid, [field]: value })),
      ...bad.map(([value, rule, below = '']) =>
        one(`${field} ${show(value)}`, { ...valid, [field]: value }, `${protoName(field)}${below} ${rule}`),
      ),
    ]),
    ...(more.valid ?? []).map((init) => whole(init)),
    ...(more.invalid ?? []).map(([init, ...violations]) => whole(init, ...violations)),
  ];
  return { type: schema.typeName, cases };
}

function show(value: unknown): string {
  return JSON.stringify(value, (_key, part) => (typeof part === 'bigint' ? `${part}` : part));
}
