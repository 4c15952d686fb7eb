/** As much of a browser as a login needs: it follows redirects, and keeps cookies for each origin. */
export class Browser {
  readonly #jars = new Map<string, Map<string, string>>();
  /** Addresses that were opened, in order. */
  readonly visited: string[] = [];

  /** Opens an address as a person who clicks on a link does. @param until the redirect that is not followed */
  async open(url: string, until: (location: string) => boolean = () => false): Promise<Response> {
    let next = url;
    let site = 'none';
    for (let steps = 0; steps < 20; steps++) {
      const response = await this.send(next, { headers: { 'sec-fetch-mode': 'navigate', 'sec-fetch-site': site } });
      const location = response.headers.get('location');
      if (location === null || response.status < 300 || response.status >= 400) return response;
      const { href, origin } = new URL(location, next);
      if (origin !== new URL(next).origin) site = 'cross-site';
      next = href;
      if (until(next)) return response;
    }
    throw new Error('too many redirects');
  }

  /** One request, with the cookies of its origin. */
  async send(url: string, init: RequestInit = {}): Promise<Response> {
    this.visited.push(url);
    const jar = this.cookies(url);
    const headers = new Headers(init.headers);
    if (jar.size > 0) headers.set('cookie', [...jar].map((pair) => pair.join('=')).join('; '));
    const response = await fetch(url, { ...init, headers, redirect: 'manual' });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      const [name = '', ...value] = pair.split('=');
      if (/max-age=0\b|expires=thu, 01 jan 1970/i.test(line)) jar.delete(name);
      else jar.set(name, value.join('='));
    }
    return response;
  }

  cookies(url: string): Map<string, string> {
    const { origin } = new URL(url);
    const jar = this.#jars.get(origin) ?? new Map<string, string>();
    this.#jars.set(origin, jar);
    return jar;
  }
}
