package io.millrace.text;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NotPrecedenceTest {

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {
                "{% if not x is defined %}             | {% if not ( x is defined )%}",
                "{%- if a and not b == c or d -%}      | {%- if a and not ( b == c )or d -%}",
                "{% if not (a and b) or c %}           | {% if not ( (a and b) )or c %}",
                "{% if (not a) and b %}                | {% if (not ( a)) and b %}",
                "{{ f(not a, b[not c]) }}              | {{ f(not ( a), b[not ( c)]) }}",
                "{{ 'x' if not a else 'y' }}           | {{ 'x' if not ( a )else 'y' }}",
                "{% if not not a %}                    | {% if not ( not ( a ))%}",
                "{{ {'a': {'b': not c}}}}              | {{ {'a': {'b': not ( c)}}}}"
            })
    void notNegatesAllUpToTheNextWeakerOperator(String source, String bound) {
        assertEquals(bound, NotPrecedence.bind(source));
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {
                "{% if x is not defined %}",
                "{% if a not in b %}",
                "it's not text {{ a }} isn't",
                "{{ 'not a' + \"not b\\\"\" }}",
                "{# not a comment #}",
                "{% raw %}{{ not a }}{% endraw %}",
                "{{ nothing.note }}"
            })
    void everythingElseStaysAsItIs(String source) {
        assertEquals(source, NotPrecedence.bind(source));
    }

    @Test
    void aLongStringIsNoBurden() {
        String source = "{{ '" + "a\\n".repeat(100_000) + "' }}";
        assertEquals(source, NotPrecedence.bind(source));
    }
}
