/** One call as a service gets it: authenticated, authorised and decoded. */
export interface AwsCall {
  action: string;
  /** JSON services: the parsed body. Query services: the form's fields. */
  input: Record<string, unknown>;
}

/** A service of this endpoint. Answers with the result's fields, or throws an AwsError. */
export interface AwsService {
  /** How results and errors are written: https://smithy.io/2.0/aws/protocols/index.html */
  readonly protocol: 'json' | 'ec2';
  call(call: AwsCall): Record<string, unknown>;
}
