import { readFileSync } from 'node:fs';
import type { Validation, ValidationContext } from 'cdk8s-cli/plugins';
import { verifyFiles } from '../verify';

/**
 * The checks as a validation plugin of cdk8s: `cdk8s synth` exits with 2 where one finds an error.
 *
 * @see https://cdk8s.io/docs/latest/cli/synth/#validations
 */
export class ManifestValidation implements Validation {
  /** Checks the manifests of a synthesized app. Notes are logged, errors are violations. */
  async validate(context: ValidationContext): Promise<void> {
    const texts = context.manifests.map((file) => ({ file, text: readFileSync(file, 'utf8') }));
    const { findings } = verifyFiles(texts);
    const errors = findings.filter(({ severity }) => severity === 'error');
    for (const { id, message, object, path, file, fix } of errors)
      context.report.addViolation({
        ruleName: id,
        recommendation: message,
        fix,
        violatingResources: [
          { resourceName: object, locations: [path || '(object)'], manifestPath: file ?? '' },
        ],
      });
    for (const { id, message, object } of findings.filter(({ severity }) => severity === 'note'))
      context.logger.log(`${id} ${message} → ${object}`);
    context.report.submit(errors.length > 0 ? 'failure' : 'success');
  }
}
