import { FileProblemsError } from '../../rules/rule-set.js';

/** The configuration cannot be used. Its message shows no value. Problems of environment variables have no place, and the variable as their path. */
export class GatewayConfigError extends FileProblemsError {
  override readonly name = 'GatewayConfigError';
}
