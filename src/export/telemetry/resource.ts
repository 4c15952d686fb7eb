import { hash } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { envDetector, type Resource as OtelResource, resourceFromAttributes } from '@opentelemetry/resources';

export type ResourceAttributes = Readonly<Record<string, string>>;

/** The subject of the measurements: Claude Code on this machine, for this user, in one project. */
export interface Resource {
  attributes: ResourceAttributes;
  resource: OtelResource;
}

/**
 * OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME override the configuration, which overrides our own attributes.
 * @param configured `otlp.attributes`
 * @returns the resource of a project, which is a folder
 */
export function createResources(configured: ResourceAttributes): (project: string) => Resource {
  const made = new Map<string, Resource>();
  const shared = {
    'service.name': 'claude-code',
    'host.name': hostname(),
    ...userName(),
    ...configured,
    ...texts(envDetector.detect().attributes ?? {}),
  };
  return (project) => {
    const attributes = withId({ ...shared, 'claude_trace.project': project });
    const resource = made.get(project) ?? { attributes, resource: resourceFromAttributes(attributes) };
    made.set(project, resource);
    return resource;
  };
}

function userName(): { 'user.name'?: string } {
  try {
    return { 'user.name': userInfo().username };
  } catch {
    // A container's user may have no name.
    return {};
  }
}

function texts(attributes: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(attributes).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** Prometheus distinguishes the metrics of resources only by this id. */
function withId(attributes: ResourceAttributes): ResourceAttributes {
  const id = hash('sha256', JSON.stringify(attributes)).slice(0, 16);
  return { 'service.instance.id': id, ...attributes };
}
