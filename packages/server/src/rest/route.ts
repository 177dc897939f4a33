import type { DescField, DescMessage, DescMethod, Message } from '@bufbuild/protobuf';
import { create } from '@bufbuild/protobuf';
import type { Policy } from '@traffic-tacos/policy';
import type { JsonReader } from './json/reader.ts';
import { fieldBodyReader, HTTP_BODY, type ReadBody, wholeBodyReader } from './request/body-reader.ts';
import { keyReader, resumeReader } from './request/header-fields.ts';
import { pathFields, pathReader } from './request/path-reader.ts';
import { type QueryOptions, queryReader } from './request/query-reader.ts';
import { negotiate, notAcceptable } from './response/accept.ts';
import { type AnswerTools, answerWriter, type WriteAnswer } from './response/answer-writer.ts';
import { type StreamForms, sequenceOf, streamForms } from './response/stream-writer.ts';
import type { RestRequest } from './rest-call.ts';
import { invalid } from './rest-error.ts';
import { type Binding, bindingsOf } from './routing/http-rule.ts';
import { parseTemplate } from './template/parse-template.ts';
import type { Template } from './template/template.ts';

/** One HTTP form of a method. */
export interface RestRoute {
  /** `package.Service/Method` */
  readonly name: string;
  readonly method: DescMethod;
  /** In upper case; `*` for every method. */
  readonly httpMethod: string;
  readonly template: Template;
  /** What a body fills: the whole request, one field of it, or nothing. */
  readonly body: DescField | 'request' | undefined;
  /** The field of the answer that is sent; `undefined` for the whole answer. */
  readonly responseBody: DescField | undefined;
  /** Of a success. */
  readonly successStatus: number;
}

/** A route and what was worked out for it. */
export interface CompiledRoute extends RestRoute {
  decode(segments: readonly string[], request: RestRequest): Message;
  readonly writeAnswer: WriteAnswer;
  readonly stream: StreamForms | undefined;
}

/** What routes are compiled with. */
export interface RouteTools {
  readonly reader: JsonReader;
  readonly tools: AnswerTools;
  readonly policy: (method: DescMethod) => Policy;
  readonly query: QueryOptions;
}

/**
 * Works out the routes of methods.
 *
 * @throws Error that names every method whose rules cannot be served
 */
export function compileRoutes(methods: readonly DescMethod[], tools: RouteTools): CompiledRoute[] {
  const problems: string[] = [];
  const routes: CompiledRoute[] = [];
  for (const method of methods) {
    const name = `${method.parent.typeName}/${method.name}`;
    let place = '';
    try {
      for (const binding of bindingsOf(method)) {
        place = ` (${binding.httpMethod} ${binding.path})`;
        routes.push(compileRoute(name, method, binding, tools));
      }
    } catch (reason) {
      problems.push(`${name}${place}: ${reason instanceof Error ? reason.message : String(reason)}`);
    }
  }
  if (problems.length > 0) {
    throw new Error(
      `The HTTP rules cannot be served:\n${problems.map((problem) => `- ${problem}`).join('\n')}`,
    );
  }
  return routes;
}

function compileRoute(name: string, method: DescMethod, binding: Binding, tools: RouteTools): CompiledRoute {
  const { input, output, methodKind } = method;
  if (methodKind === 'client_streaming' || methodKind === 'bidi_streaming') {
    throw new Error('a method that takes a stream of requests has no REST form; expected no google.api.http');
  }
  const template = parseTemplate(binding.path);
  const body =
    binding.body === ''
      ? undefined
      : binding.body === '*'
        ? 'request'
        : topLevel(input, binding.body, 'body');
  const responseBody =
    binding.responseBody === '' ? undefined : topLevel(output, binding.responseBody, 'response_body');
  const successStatus = tools.policy(method).httpSuccessStatus;
  if (!(Number.isInteger(successStatus) && successStatus >= 200 && successStatus <= 299)) {
    throw new Error(`http_success_status is ${successStatus}; expected 200 to 299`);
  }
  const isRaw = (responseBody === undefined ? output : responseBody.message)?.typeName === HTTP_BODY;
  const streams = methodKind === 'server_streaming';
  const route: RestRoute = {
    name,
    method,
    httpMethod: binding.httpMethod,
    template,
    body,
    responseBody,
    successStatus,
  };
  return {
    ...route,
    decode: decoder(route, isRaw, tools),
    writeAnswer: answerWriter(output, responseBody, successStatus, tools.tools),
    stream: streams ? streamForms(output, responseBody, successStatus, tools.tools, isRaw) : undefined,
  };
}

function decoder(route: RestRoute, isRaw: boolean, tools: RouteTools): CompiledRoute['decode'] {
  const { method, template, body, httpMethod } = route;
  const { input } = method;
  const readBody = bodyReader(route, tools.reader);
  const readPath = pathReader(template, input);
  const fromPath = pathFields(template);
  const readQuery =
    body === 'request'
      ? undefined
      : queryReader(input, body === undefined ? fromPath : [...fromPath, body.name], tools.query);
  const readKey = keyReader(input);
  const readResume =
    method.methodKind === 'server_streaming' && sequenceOf(method.output) !== undefined
      ? resumeReader(input)
      : undefined;
  const negotiates = method.methodKind === 'unary' && !isRaw;
  const { refuseUnknown } = tools.query;

  return (segments, request) => {
    const { headers, query } = request;
    if (negotiates) {
      const accept = headers.get('accept');
      if (accept && accept !== '*/*' && negotiate(accept, JSON_ONLY) === undefined) {
        throw notAcceptable(accept, JSON_ONLY);
      }
    }
    const content = request.body ?? NOTHING;
    let message: Message;
    if (readBody === undefined) {
      if (refuseUnknown && content.length > 0) {
        throw invalid(`${httpMethod} ${template.text} takes no body; expected query parameters`, {
          reason: 'UNEXPECTED_BODY',
        });
      }
      message = create(input);
    } else {
      message = readBody(content, headers.get('content-type') ?? '');
    }
    if (query !== '') {
      if (readQuery !== undefined) {
        readQuery(query, message);
      } else if (refuseUnknown) {
        throw invalid(`${httpMethod} ${template.text} takes no query; expected all fields in the body`, {
          reason: 'UNEXPECTED_QUERY',
        });
      }
    }
    readPath(segments, message);
    readKey?.(headers, message);
    readResume?.(headers, message);
    return message;
  };
}

const NOTHING = new Uint8Array(0);
const JSON_ONLY = ['application/json'] as const;

function bodyReader({ method, body, httpMethod }: RestRoute, reader: JsonReader): ReadBody | undefined {
  if (body === undefined) {
    return undefined;
  }
  return body === 'request'
    ? wholeBodyReader(method.input, httpMethod, reader)
    : fieldBodyReader(method.input, body, httpMethod, reader);
}

function topLevel(message: DescMessage, name: string, option: string): DescField {
  const field = message.fields.find((candidate) => candidate.name === name);
  if (field === undefined) {
    throw new Error(`${option} is "${name}"; expected a field of ${message.typeName}`);
  }
  return field;
}
