<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1">
<context>
    <name>Colour</name>
    <message>
        <source>white</source>
        <translation>blanco</translation>
    </message>
    <message>
        <source>black</source>
        <translation>negro</translation>
    </message>
    <message>
        <source>red</source>
        <translation>rojo</translation>
    </message>
    <message>
        <source>green</source>
        <translation>verde</translation>
    </message>
    <message>
        <source>yellow</source>
        <translation>amarillo</translation>
    </message>
    <message>
        <source>blue</source>
        <translation>azul</translation>
    </message>
    <message>
        <source>cyan</source>
        <translation>cian</translation>
    </message>
    <message>
        <source>magenta</source>
        <translation>magenta</translation>
    </message>
</context>
<context>
    <name>HelpDialog</name>
    <message>
        <source>Keys</source>
        <translation>Teclas</translation>
    </message>
    <message>
        <source>Draw</source>
        <translation>Dibujar</translation>
    </message>
    <message>
        <source>Click, drag</source>
        <translation>Clic, arrastrar</translation>
    </message>
    <message>
        <source>paint a cell, a line</source>
        <translation>pinta una celda, una línea</translation>
    </message>
    <message>
        <source>choose a colour</source>
        <translation>elige un color</translation>
    </message>
    <message>
        <source>the colour before, the next one</source>
        <translation>el color anterior, el siguiente</translation>
    </message>
    <message>
        <source>Alt + click</source>
        <translation>Alt + clic</translation>
    </message>
    <message>
        <source>pick the colour of a cell</source>
        <translation>toma el color de una celda</translation>
    </message>
    <message>
        <source>take back your last stroke, where nobody has painted since</source>
        <translation>deshace tu último trazo, donde nadie ha pintado después</translation>
    </message>
    <message>
        <source>Look</source>
        <translation>Mirar</translation>
    </message>
    <message>
        <source>Wheel, +, -</source>
        <translation>Rueda, +, -</translation>
    </message>
    <message>
        <source>zoom, the wheel at the pointer</source>
        <translation>acerca y aleja, con la rueda en el puntero</translation>
    </message>
    <message>
        <source>fit the board to the window</source>
        <translation>ajusta el tablero a la ventana</translation>
    </message>
    <message>
        <source>Arrows</source>
        <translation>Flechas</translation>
    </message>
    <message>
        <source>move the board</source>
        <translation>mueven el tablero</translation>
    </message>
    <message>
        <source>Middle button</source>
        <translation>Botón central</translation>
    </message>
    <message>
        <source>drag the board; also space and the left button</source>
        <translation>arrastra el tablero; también espacio y el botón izquierdo</translation>
    </message>
    <message>
        <source>grid, from 8× on</source>
        <translation>cuadrícula, desde 8×</translation>
    </message>
    <message>
        <source>Program</source>
        <translation>Programa</translation>
    </message>
    <message>
        <source>save a picture</source>
        <translation>guarda una imagen</translation>
    </message>
    <message>
        <source>these keys</source>
        <translation>estas teclas</translation>
    </message>
    <message>
        <source>quit</source>
        <translation>salir</translation>
    </message>
    <message>
        <source>History</source>
        <translation>Historia</translation>
    </message>
    <message>
        <source>watch the board from its beginning</source>
        <translation>ver el tablero desde su comienzo</translation>
    </message>
    <message>
        <source>who painted the cell under the pointer</source>
        <translation>quién pintó la celda bajo el puntero</translation>
    </message>
</context>
<context>
    <name>HistoryBar</name>
    <message>
        <source>Play</source>
        <translation>Reproducir</translation>
    </message>
    <message>
        <source>Back to now</source>
        <translation>Volver al presente</translation>
    </message>
    <message>
        <source>blank</source>
        <translation>en blanco</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Pausar</translation>
    </message>
</context>
<context>
    <name>Prompt</name>
    <message>
        <source>You can paint again in {time}</source>
        <translation>Podrás volver a pintar en {time}</translation>
    </message>
    <message>
        <source>Choose a colour:</source>
        <translation>Elige un color:</translation>
    </message>
</context>
<context>
    <name>ScaleDialog</name>
    <message>
        <source>Save a picture</source>
        <translation>Guardar una imagen</translation>
    </message>
    <message>
        <source>&amp;Scale:</source>
        <translation>&amp;Escala:</translation>
    </message>
    <message>
        <source>{width} × {height} pixels</source>
        <translation>{width} × {height} píxeles</translation>
    </message>
</context>
<context>
    <name>StatusLine</name>
    <message>
        <source>column {column}, row {row}</source>
        <translation>columna {column}, fila {row}</translation>
    </message>
    <message>
        <source>{count} online</source>
        <translation>{count} en línea</translation>
    </message>
</context>
<context>
    <name>Window</name>
    <message>
        <source>&amp;Board</source>
        <translation>&amp;Tablero</translation>
    </message>
    <message>
        <source>&amp;Save a picture…</source>
        <translation>&amp;Guardar una imagen…</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>&amp;Salir</translation>
    </message>
    <message>
        <source>&amp;Edit</source>
        <translation>&amp;Editar</translation>
    </message>
    <message>
        <source>&amp;Take back my last stroke</source>
        <translation>&amp;Deshacer mi último trazo</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>&amp;Ver</translation>
    </message>
    <message>
        <source>Zoom &amp;in</source>
        <translation>&amp;Acercar</translation>
    </message>
    <message>
        <source>Zoom &amp;out</source>
        <translation>A&amp;lejar</translation>
    </message>
    <message>
        <source>&amp;Fit to the window</source>
        <translation>A&amp;justar a la ventana</translation>
    </message>
    <message>
        <source>&amp;Grid</source>
        <translation>&amp;Cuadrícula</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>A&amp;yuda</translation>
    </message>
    <message>
        <source>&amp;Keys</source>
        <translation>&amp;Teclas</translation>
    </message>
    <message>
        <source>Connecting…</source>
        <translation>Conectando…</translation>
    </message>
    <message>
        <source>Connected</source>
        <translation>Conectado</translation>
    </message>
    <message>
        <source>No connection</source>
        <translation>Sin conexión</translation>
    </message>
    <message>
        <source>The connection was lost.</source>
        <translation>Se perdió la conexión.</translation>
    </message>
    <message>
        <source>{reason} Trying again…</source>
        <translation>{reason} Reintentando…</translation>
    </message>
    <message>
        <source>The server has closed.</source>
        <translation>El servidor se ha cerrado.</translation>
    </message>
    <message>
        <source>The server says: {reason}.</source>
        <translation>El servidor dice: {reason}.</translation>
    </message>
    <message>
        <source>Connecting to {server}…</source>
        <translation>Conectando a {server}…</translation>
    </message>
    <message>
        <source>ERROR: Could not connect to {server}</source>
        <translation>ERROR: No se pudo conectar a {server}</translation>
    </message>
    <message>
        <source>To host a board there:</source>
        <translation>Para abrir allí un tablero:</translation>
    </message>
    <message>
        <source>Not painted: {reason}.</source>
        <translation>No se pintó: {reason}.</translation>
    </message>
    <message>
        <source>There is nothing of yours to take back.</source>
        <translation>No hay nada tuyo que deshacer.</translation>
    </message>
    <message>
        <source>Nothing can be drawn without a connection.</source>
        <translation>Sin conexión no se puede dibujar.</translation>
    </message>
    <message>
        <source>board.png</source>
        <translation>tablero.png</translation>
    </message>
    <message>
        <source>Save a picture</source>
        <translation>Guardar una imagen</translation>
    </message>
    <message>
        <source>PNG pictures (*.png)</source>
        <translation>Imágenes PNG (*.png)</translation>
    </message>
    <message>
        <source>Saved: {path}</source>
        <translation>Guardado: {path}</translation>
    </message>
    <message>
        <source>Not saved: {path}: {fault}</source>
        <translation>No se guardó: {path}: {fault}</translation>
    </message>
    <message>
        <source>H&amp;istory</source>
        <translation>&amp;Historia</translation>
    </message>
    <message>
        <source>&amp;Watch it from the beginning</source>
        <translation>&amp;Verla desde el comienzo</translation>
    </message>
    <message>
        <source>Who &amp;painted this cell?</source>
        <translation>¿Quién &amp;pintó esta celda?</translation>
    </message>
    <message>
        <source>This is the past: it can be watched, and not changed.</source>
        <translation>Esto es el pasado: se puede mirar, pero no cambiar.</translation>
    </message>
    <message>
        <source>Nobody has painted yet.</source>
        <translation>Nadie ha pintado todavía.</translation>
    </message>
    <message>
        <source>Point at a cell first.</source>
        <translation>Primero apunta a una celda.</translation>
    </message>
    <message>
        <source>Column {column}, row {row}</source>
        <translation>Columna {column}, fila {row}</translation>
    </message>
    <message>
        <source>{where}: nobody has painted it.</source>
        <translation>{where}: nadie la ha pintado.</translation>
    </message>
    <message>
        <source>client {number}</source>
        <translation>cliente {number}</translation>
    </message>
    <message>
        <source>{where}: {who}, {when}</source>
        <translation>{where}: {who}, {when}</translation>
    </message>
    <message>
        <source>Too early: nothing was drawn.</source>
        <translation>Es muy pronto: no se dibujó nada.</translation>
    </message>
</context>
</TS>
