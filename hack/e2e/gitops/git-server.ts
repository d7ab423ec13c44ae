import { spawn } from 'node:child_process';
import { createServer } from 'node:http';

/**
 * Serves a bare repository for reading over HTTP on loopback, by git's own program for it, as a forge does.
 *
 *     node -r ts-node/register/transpile-only git-server.ts FOLDER PORT
 */
const [folder = '', port = ''] = process.argv.slice(2);

createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const backend = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: pathname,
      QUERY_STRING: searchParams.toString(),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'],
      CONTENT_LENGTH: request.headers['content-length'],
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'],
      HTTP_GIT_PROTOCOL: request.headers['git-protocol'] as string | undefined,
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  request.pipe(backend.stdin);
  backend.stdin.on('error', () => {}); // it may have read enough
  const printed: Buffer[] = [];
  backend.stdout.on('data', (data: Buffer) => printed.push(data));
  backend.on('close', () => {
    const answer = Buffer.concat(printed);
    const end = answer.indexOf('\r\n\r\n');
    for (const line of answer.toString('latin1', 0, end).split('\r\n')) {
      const [name = '', value = ''] = line.split(': ');
      if (name === 'Status') response.statusCode = Number.parseInt(value, 10);
      else response.setHeader(name, value);
    }
    response.end(answer.subarray(end + 4));
  });
}).listen(Number(port), '127.0.0.1');
