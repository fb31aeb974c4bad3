/**
 * Results and errors as the services' protocols write them.
 *
 * https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html
 * https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html
 */
import type { AwsError } from './aws-error.ts';
import type { AwsService } from './aws-service.ts';

export interface Answer {
  status: number;
  contentType: string;
  body: string;
}

type Protocol = AwsService['protocol'];

export function writeResult(protocol: Protocol, action: string, result: Record<string, unknown>): Answer {
  if (protocol === 'json') return jsonAnswer(200, result);
  const name = `${action}Response`;
  const content = writeXml({ requestId: 'local', ...result });
  return xmlAnswer(200, `<${name} xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">${content}</${name}>`);
}

export function writeError(protocol: Protocol, { code, message, status }: AwsError): Answer {
  if (protocol === 'json') return jsonAnswer(status, { __type: code, message });
  const error = writeXml({ Errors: { Error: { Code: code, Message: message } }, RequestID: 'local' });
  return xmlAnswer(status, `<Response>${error}</Response>`);
}

/** Dates are epoch seconds in JSON. */
function jsonAnswer(status: number, content: Record<string, unknown>): Answer {
  return { status, contentType: 'application/x-amz-json-1.1', body: JSON.stringify(content) };
}

function xmlAnswer(status: number, content: string): Answer {
  return { status, contentType: 'text/xml', body: `<?xml version="1.0" encoding="UTF-8"?>\n${content}` };
}

/** Lists are `<item>`s; what is undefined is left out. */
function writeXml(value: unknown): string {
  if (Array.isArray(value)) return value.map((item) => `<item>${writeXml(item)}</item>`).join('');
  if (typeof value === 'object' && value !== null) {
    return Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .map(([name, field]) => `<${name}>${writeXml(field)}</${name}>`)
      .join('');
  }
  return escapeXml(String(value));
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
