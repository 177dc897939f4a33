import { HTTP_BODY } from '../request/body-reader.ts';
import { EVENT_STREAM, NDJSON } from '../response/stream-writer.ts';
import type { RestRoute } from '../route.ts';
import type { Schemas } from './schemas.ts';
import type { Content, OpenApiResponse, Operation, Schema } from './types.ts';

/** What a route takes as its body. */
export function requestBody(route: RestRoute, schemas: Schemas): Operation['requestBody'] {
  const { body, method, template } = route;
  if (body === undefined) {
    return undefined;
  }
  const message = body === 'request' ? method.input : body.message;
  if (message?.typeName === HTTP_BODY) {
    return { content: { '*/*': {} } };
  }
  const inPath = new Set(
    template.variables.map(({ fieldPath }) => (fieldPath.length === 1 ? fieldPath[0] : '')),
  );
  const schema =
    body !== 'request'
      ? schemas.field(body)
      : method.input.fields.some((field) => inPath.has(field.name))
        ? schemas.inline(method.input, (field) => inPath.has(field.name))
        : schemas.message(method.input);
  const known =
    schema.$ref === undefined ? schema : schemas.named[schema.$ref.slice(schema.$ref.lastIndexOf('/') + 1)];
  return {
    ...((known?.required?.length ?? 0) > 0 && { required: true }),
    content: { 'application/json': { schema } },
  };
}

/** What a route answers with. */
export function success(route: RestRoute, schemas: Schemas, comment: string): OpenApiResponse {
  const { method, responseBody, successStatus } = route;
  const message = responseBody === undefined ? method.output : responseBody.message;
  if (successStatus === 204 || successStatus === 205) {
    return { description: 'Done.' };
  }
  if (message?.typeName === HTTP_BODY && responseBody?.fieldKind !== 'list') {
    return { description: 'The content, in its own type.', content: { '*/*': {} } };
  }
  const schema: Schema =
    responseBody === undefined ? schemas.message(method.output) : schemas.field(responseBody);
  if (method.methodKind === 'server_streaming') {
    const content: Content = { [NDJSON]: { schema }, [EVENT_STREAM]: { schema } };
    return {
      description: 'A stream of answers: one on each line, or one in the data of each event.',
      content,
    };
  }
  return { description: comment || 'The answer.', content: { 'application/json': { schema } } };
}
