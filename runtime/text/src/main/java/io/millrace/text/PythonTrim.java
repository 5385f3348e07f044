package io.millrace.text;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.filter.Filter;

/** The {@code trim} filter with Python's idea of white space; Jinjava's own leaves no-break and ideographic spaces. */
final class PythonTrim implements Filter {

    @Override
    public String getName() {
        return "trim";
    }

    @Override
    public Object filter(Object value, JinjavaInterpreter interpreter, String... arguments) {
        return value instanceof String text ? PythonText.strip(text, "", true, true) : value;
    }
}
