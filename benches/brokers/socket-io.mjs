// The peer: Socket.IO with one room, as its documentation has it.
import { createServer } from "node:http";
import { Server } from "socket.io";

const http = createServer();
const io = new Server(http, { transports: ["websocket"], pingInterval: 300_000, perMessageDeflate: false, serveClient: false });
io.on("connection", (socket) => {
  socket.on("join", (room) => {
    socket.join(room);
    socket.emit("ready");
  });
  socket.on("ready", () => socket.emit("ready"));
  socket.on("say", (text) => io.to("g").emit("said", text));
});
http.listen(0, "127.0.0.1", () => console.log(`ready ${http.address().port}`));
