<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1">
<context>
    <name>Colour</name>
    <message>
        <location filename="../window.py" line="62"/>
        <source>white</source>
        <translation>blanco</translation>
    </message>
    <message>
        <location filename="../window.py" line="62"/>
        <source>black</source>
        <translation>negro</translation>
    </message>
    <message>
        <location filename="../window.py" line="62"/>
        <source>red</source>
        <translation>rojo</translation>
    </message>
    <message>
        <location filename="../window.py" line="62"/>
        <source>green</source>
        <translation>verde</translation>
    </message>
    <message>
        <location filename="../window.py" line="62"/>
        <source>yellow</source>
        <translation>amarillo</translation>
    </message>
    <message>
        <location filename="../window.py" line="62"/>
        <source>blue</source>
        <translation>azul</translation>
    </message>
    <message>
        <location filename="../window.py" line="62"/>
        <source>cyan</source>
        <translation>cian</translation>
    </message>
    <message>
        <location filename="../window.py" line="62"/>
        <source>magenta</source>
        <translation>magenta</translation>
    </message>
</context>
<context>
    <name>HelpDialog</name>
    <message>
        <location filename="../dialogs.py" line="35"/>
        <source>Keys</source>
        <translation>Teclas</translation>
    </message>
    <message>
        <location filename="../dialogs.py" line="37"/>
        <source>Draw</source>
        <translation>Dibujar</translation>
    </message>
    <message>
        <location filename="../dialogs.py" line="37"/>
        <source>Click, drag</source>
        <translation>Clic, arrastrar</translation>
    </message>
    <message>
        <location filename="../dialogs.py" line="37"/>
        <source>paint a cell, a line</source>
        <translation>pinta una celda, una línea</translation>
    </message>
    <message>
        <location filename="../dialogs.py" line="37"/>
        <source>choose a colour</source>
        <translation>elige un color</translation>
    </message>
    <message>
        <location filename="../dialogs.py" line="37"/>
        <source>the colour before, the next one</source>
        <translation>el color anterior, el siguiente</translation>
    </message>
    <message>
        <location filename="../dialogs.py" line="37"/>
        <source>Alt + click</source>
        <translation>Alt + clic</translation>
    </message>
    <message>
        <location filename="../dialogs.py" line="37"/>
        <source>pick the colour of a cell</source>
        <translation>toma el color de una celda</translation>
    </message>
    <message>
        <location filename="../dialogs.py" line="37"/>
        <source>take back your last stroke, where nobody has painted since</source>
        <translation>deshace tu último trazo, donde nadie ha pintado después</translation>
    </message>
    <message>
        <location filename="../dialogs.py" line="37"/>
        <source>Look</source>
        <translation>Mirar</translation>
    </message>
    <message>
        <location filename="../dialogs.py" line="37"/>
        <source>Wheel, +, -</source>
        <translation>Rueda, +, -</translation>
    </message>
    <message>
        <location filename="../dialogs.py" line="37"/>
        <source>zoom, the wheel at the pointer</source>
        <translation>acerca y aleja, con la rueda en el puntero</translation>
    </message>
    <message>
        <location filename="../dialogs.py" line="37"/>
        <source>fit the board to the window</source>
        <translation>ajusta el tablero a la ventana</translation>
    </message>
    <message>
        <location filename="../dialogs.py" line="37"/>
        <source>Arrows</source>
        <translation>Flechas</translation>
    </message>
    <message>
        <location filename="../dialogs.py" line="37"/>
        <source>move the board</source>
        <translation>mueven el tablero</translation>
    </message>
    <message>
        <location filename="../dialogs.py" line="37"/>
        <source>Middle button</source>
        <translation>Botón central</translation>
    </message>
    <message>
        <location filename="../dialogs.py" line="37"/>
        <source>drag the board; also space and the left button</source>
        <translation>arrastra el tablero; también espacio y el botón izquierdo</translation>
    </message>
    <message>
        <location filename="../dialogs.py" line="37"/>
        <source>grid, from 8× on</source>
        <translation>cuadrícula, desde 8×</translation>
    </message>
    <message>
        <location filename="../dialogs.py" line="37"/>
        <source>Program</source>
        <translation>Programa</translation>
    </message>
    <message>
        <location filename="../dialogs.py" line="37"/>
        <source>save a picture</source>
        <translation>guarda una imagen</translation>
    </message>
    <message>
        <location filename="../dialogs.py" line="37"/>
        <source>these keys</source>
        <translation>estas teclas</translation>
    </message>
    <message>
        <location filename="../dialogs.py" line="37"/>
        <source>quit</source>
        <translation>salir</translation>
    </message>
    <message>
        <location filename="../dialogs.py" line="37"/>
        <source>History</source>
        <translation>Historia</translation>
    </message>
    <message>
        <location filename="../dialogs.py" line="37"/>
        <source>watch the board from its beginning</source>
        <translation>ver el tablero desde su comienzo</translation>
    </message>
    <message>
        <location filename="../dialogs.py" line="37"/>
        <source>who painted the cell under the pointer</source>
        <translation>quién pintó la celda bajo el puntero</translation>
    </message>
</context>
<context>
    <name>HistoryBar</name>
    <message>
        <location filename="../history_bar.py" line="113"/>
        <source>Play</source>
        <translation>Reproducir</translation>
    </message>
    <message>
        <location filename="../history_bar.py" line="40"/>
        <source>Back to now</source>
        <translation>Volver al presente</translation>
    </message>
    <message>
        <location filename="../history_bar.py" line="78"/>
        <source>blank</source>
        <translation>en blanco</translation>
    </message>
    <message>
        <location filename="../history_bar.py" line="113"/>
        <source>Pause</source>
        <translation>Pausar</translation>
    </message>
</context>
<context>
    <name>ScaleDialog</name>
    <message>
        <location filename="../dialogs.py" line="121"/>
        <source>Save a picture</source>
        <translation>Guardar una imagen</translation>
    </message>
    <message>
        <location filename="../dialogs.py" line="134"/>
        <source>&amp;Scale:</source>
        <translation>&amp;Escala:</translation>
    </message>
    <message>
        <location filename="../dialogs.py" line="153"/>
        <source>{width} × {height} pixels</source>
        <translation>{width} × {height} píxeles</translation>
    </message>
</context>
<context>
    <name>StatusLine</name>
    <message>
        <location filename="../status.py" line="86"/>
        <source>column {column}, row {row}</source>
        <translation>columna {column}, fila {row}</translation>
    </message>
    <message>
        <location filename="../status.py" line="98"/>
        <source>{count} online</source>
        <translation>{count} en línea</translation>
    </message>
</context>
<context>
    <name>Window</name>
    <message>
        <location filename="../window.py" line="139"/>
        <source>Choose a colour:</source>
        <translation>Elige un color:</translation>
    </message>
    <message>
        <location filename="../window.py" line="179"/>
        <source>&amp;Board</source>
        <translation>&amp;Tablero</translation>
    </message>
    <message>
        <location filename="../window.py" line="180"/>
        <source>&amp;Save a picture…</source>
        <translation>&amp;Guardar una imagen…</translation>
    </message>
    <message>
        <location filename="../window.py" line="181"/>
        <source>&amp;Quit</source>
        <translation>&amp;Salir</translation>
    </message>
    <message>
        <location filename="../window.py" line="182"/>
        <source>&amp;Edit</source>
        <translation>&amp;Editar</translation>
    </message>
    <message>
        <location filename="../window.py" line="183"/>
        <source>&amp;Take back my last stroke</source>
        <translation>&amp;Deshacer mi último trazo</translation>
    </message>
    <message>
        <location filename="../window.py" line="184"/>
        <source>&amp;View</source>
        <translation>&amp;Ver</translation>
    </message>
    <message>
        <location filename="../window.py" line="185"/>
        <source>Zoom &amp;in</source>
        <translation>&amp;Acercar</translation>
    </message>
    <message>
        <location filename="../window.py" line="186"/>
        <source>Zoom &amp;out</source>
        <translation>A&amp;lejar</translation>
    </message>
    <message>
        <location filename="../window.py" line="187"/>
        <source>&amp;Fit to the window</source>
        <translation>A&amp;justar a la ventana</translation>
    </message>
    <message>
        <location filename="../window.py" line="188"/>
        <source>&amp;Grid</source>
        <translation>&amp;Cuadrícula</translation>
    </message>
    <message>
        <location filename="../window.py" line="193"/>
        <source>&amp;Help</source>
        <translation>A&amp;yuda</translation>
    </message>
    <message>
        <location filename="../window.py" line="193"/>
        <source>&amp;Keys</source>
        <translation>&amp;Teclas</translation>
    </message>
    <message>
        <location filename="../window.py" line="240"/>
        <source>Connecting…</source>
        <translation>Conectando…</translation>
    </message>
    <message>
        <location filename="../window.py" line="245"/>
        <source>Connected</source>
        <translation>Conectado</translation>
    </message>
    <message>
        <location filename="../window.py" line="252"/>
        <source>No connection</source>
        <translation>Sin conexión</translation>
    </message>
    <message>
        <location filename="../window.py" line="258"/>
        <source>The connection was lost.</source>
        <translation>Se perdió la conexión.</translation>
    </message>
    <message>
        <location filename="../window.py" line="317"/>
        <source>{reason} Trying again…</source>
        <translation>{reason} Reintentando…</translation>
    </message>
    <message>
        <location filename="../window.py" line="282"/>
        <source>The server has closed.</source>
        <translation>El servidor se ha cerrado.</translation>
    </message>
    <message>
        <location filename="../window.py" line="284"/>
        <source>The server says: {reason}.</source>
        <translation>El servidor dice: {reason}.</translation>
    </message>
    <message>
        <location filename="../window.py" line="315"/>
        <source>Connecting to {server}…</source>
        <translation>Conectando a {server}…</translation>
    </message>
    <message>
        <location filename="../window.py" line="317"/>
        <source>ERROR: Could not connect to {server}</source>
        <translation>ERROR: No se pudo conectar a {server}</translation>
    </message>
    <message>
        <location filename="../window.py" line="317"/>
        <source>To host a board there:</source>
        <translation>Para abrir allí un tablero:</translation>
    </message>
    <message>
        <location filename="../window.py" line="333"/>
        <source>Not painted: {reason}.</source>
        <translation>No se pintó: {reason}.</translation>
    </message>
    <message>
        <location filename="../window.py" line="336"/>
        <source>Again in {seconds} s.</source>
        <translation>Otra vez en {seconds} s.</translation>
    </message>
    <message>
        <location filename="../window.py" line="353"/>
        <source>There is nothing of yours to take back.</source>
        <translation>No hay nada tuyo que deshacer.</translation>
    </message>
    <message>
        <location filename="../window.py" line="361"/>
        <source>Nothing can be drawn without a connection.</source>
        <translation>Sin conexión no se puede dibujar.</translation>
    </message>
    <message>
        <location filename="../window.py" line="476"/>
        <source>board.png</source>
        <translation>tablero.png</translation>
    </message>
    <message>
        <location filename="../window.py" line="477"/>
        <source>Save a picture</source>
        <translation>Guardar una imagen</translation>
    </message>
    <message>
        <location filename="../window.py" line="477"/>
        <source>PNG pictures (*.png)</source>
        <translation>Imágenes PNG (*.png)</translation>
    </message>
    <message>
        <location filename="../window.py" line="489"/>
        <source>Saved: {path}</source>
        <translation>Guardado: {path}</translation>
    </message>
    <message>
        <location filename="../window.py" line="492"/>
        <source>Not saved: {path}: {fault}</source>
        <translation>No se guardó: {path}: {fault}</translation>
    </message>
    <message>
        <location filename="../window.py" line="190"/>
        <source>H&amp;istory</source>
        <translation>&amp;Historia</translation>
    </message>
    <message>
        <location filename="../window.py" line="191"/>
        <source>&amp;Watch it from the beginning</source>
        <translation>&amp;Verla desde el comienzo</translation>
    </message>
    <message>
        <location filename="../window.py" line="192"/>
        <source>Who &amp;painted this cell?</source>
        <translation>¿Quién &amp;pintó esta celda?</translation>
    </message>
    <message>
        <location filename="../window.py" line="357"/>
        <source>This is the past: it can be watched, and not changed.</source>
        <translation>Esto es el pasado: se puede mirar, pero no cambiar.</translation>
    </message>
    <message>
        <location filename="../window.py" line="390"/>
        <source>Nobody has painted yet.</source>
        <translation>Nadie ha pintado todavía.</translation>
    </message>
    <message>
        <location filename="../window.py" line="420"/>
        <source>Point at a cell first.</source>
        <translation>Primero apunta a una celda.</translation>
    </message>
    <message>
        <location filename="../window.py" line="427"/>
        <source>Column {column}, row {row}</source>
        <translation>Columna {column}, fila {row}</translation>
    </message>
    <message>
        <location filename="../window.py" line="429"/>
        <source>{where}: nobody has painted it.</source>
        <translation>{where}: nadie la ha pintado.</translation>
    </message>
    <message>
        <location filename="../window.py" line="431"/>
        <source>client {number}</source>
        <translation>cliente {number}</translation>
    </message>
    <message>
        <location filename="../window.py" line="433"/>
        <source>{where}: {who}, {when}</source>
        <translation>{where}: {who}, {when}</translation>
    </message>
</context>
</TS>
