import type { DescMethod, Message, Registry } from '@bufbuild/protobuf';
import type { MethodPlan } from '../pipeline/method-plan.ts';
import { fieldsOf } from '../rest/json/message-fields.ts';
import { readFrom } from '../rest/json/parse-body.ts';
import { createJsonReader } from '../rest/json/reader.ts';
import { createJsonWriter } from '../rest/json/writer.ts';
import { resumeField } from '../rest/request/header-fields.ts';
import { sequenceOf } from '../rest/response/stream-writer.ts';

/** A method that can be subscribed to. */
export interface StreamMethod {
  readonly plan: MethodPlan;
  /** The request, from JSON. @throws RestError that names the field at fault */
  read(json: unknown, resumeToken: string | undefined): Message;
  /** One answer as JSON. */
  write(answer: Message): string;
  /** The place of an answer in its stream; `undefined` where answers are not numbered. */
  sequence(answer: Message): string | undefined;
}

/** How JSON is read and written. */
export interface StreamMethodOptions {
  readonly describe: (method: DescMethod) => DescMethod;
  /** For `google.protobuf.Any`. */
  readonly registry: Registry;
  readonly refuseUnknownJson: boolean;
}

/** Values within each other in one request. */
const MAX_DEPTH = 64;

/** Every server-streaming method, by `package.Service/Method`. */
export function streamMethods(
  plans: readonly MethodPlan[],
  { describe, registry, refuseUnknownJson }: StreamMethodOptions,
): ReadonlyMap<string, StreamMethod> {
  const reader = createJsonReader({ refuseUnknown: refuseUnknownJson, registry, maxDepth: MAX_DEPTH });
  const writer = createJsonWriter({ emitDefaults: true, registry });
  const methods = new Map<string, StreamMethod>();
  for (const plan of plans) {
    if (plan.method.methodKind !== 'server_streaming') {
      continue;
    }
    const { input, output } = describe(plan.method);
    const readMessage = reader.message(input);
    const resume = resumeField(input)?.localName;
    const sequence = sequenceOf(output)?.localName;
    methods.set(plan.name, {
      plan,
      read: (json, resumeToken) => {
        const request = readFrom(json, undefined, readMessage);
        if (resume !== undefined && resumeToken !== undefined) {
          fieldsOf(request)[resume] = resumeToken;
        }
        return request;
      },
      write: writer.message(output),
      sequence: (answer) => (sequence === undefined ? undefined : String(fieldsOf(answer)[sequence])),
    });
  }
  return methods;
}
