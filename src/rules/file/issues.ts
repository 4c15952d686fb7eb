import type * as z from 'zod';

export interface Issue {
  path: readonly PropertyKey[];
  message: string;
}

type ZodIssue = z.core.$ZodIssue;

/** One for each thing that is wrong, at its own place. */
export function issuesOf(issues: readonly ZodIssue[]): Issue[] {
  return issues.flatMap((issue): Issue[] => {
    const { path, message } = issue;
    switch (issue.code) {
      case 'unrecognized_keys': {
        const lines = message.split('\n');
        return issue.keys.map((key, index) => ({ path: [...path, key], message: lines[index] ?? message }));
      }
      case 'invalid_key':
        return issuesOf(issue.issues).map((inner) => ({ path, message: inner.message }));
      case 'invalid_union':
        return (meantBy(issue) ?? [{ path: [], message }]).map((inner) => ({
          message: inner.message,
          path: [...path, ...inner.path],
        }));
      case 'custom': {
        // The missing field is there under a wrong name, which is reported already.
        const isKnown = issues.some((other) => other.code === 'unrecognized_keys' && samePath(other.path, path));
        return isKnown ? [] : [{ path, message }];
      }
      default:
        return [{ path, message: message.replace(/^Invalid input: /, '') }];
    }
  });
}

/** The issues of the choice of a union whose type was given; null if no choice has that type. */
function meantBy({ errors }: z.core.$ZodIssueInvalidUnion): Issue[] | null {
  const ofType = errors.filter(([first]) => first !== undefined && !isOtherType(first));
  return ofType.map(issuesOf).sort((a, b) => a.length - b.length || nearNames(b) - nearNames(a))[0] ?? null;
}

/** Unknown fields whose name is nearly one of those that the choice has. */
function nearNames(issues: readonly Issue[]): number {
  return issues.filter(({ message }) => message.includes('did you mean')).length;
}

function isOtherType(issue: ZodIssue): boolean {
  if (issue.path.length > 0) return false;
  if (issue.code === 'invalid_union') return meantBy(issue) === null;
  return issue.code === 'invalid_type' || issue.code === 'invalid_value';
}

function samePath(one: readonly PropertyKey[], other: readonly PropertyKey[]): boolean {
  return one.length === other.length && one.every((key, index) => key === other[index]);
}
